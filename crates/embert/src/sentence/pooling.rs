//! The file of a Pooling module.

use std::{collections::BTreeMap, path::Path};

use embert_checkpoint::{CONFIG_FILE, read_json};
use embert_core::Pooling;
use serde_json::{Map, Value};

use crate::error::Error;

/// Every way, in the order in which sentence-transformers concatenates them, by its name and by its flag.
const WAYS: [(&str, &str, Pooling); 6] = [
    ("cls", "pooling_mode_cls_token", Pooling::Cls),
    ("max", "pooling_mode_max_tokens", Pooling::Max),
    ("mean", "pooling_mode_mean_tokens", Pooling::Mean),
    ("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", Pooling::MeanSqrtLength),
    ("weightedmean", "pooling_mode_weightedmean_tokens", Pooling::WeightedMean),
    ("lasttoken", "pooling_mode_lasttoken", Pooling::Last),
];

/// The ways that the module in `folder` pools, and whether a prompt's tokens are pooled too.
pub(super) fn read(folder: &Path) -> Result<(Vec<Pooling>, bool), Error> {
    let file = folder.join(CONFIG_FILE);
    let keys: BTreeMap<String, Value> = read_json(&file)?;
    let wrong = |message| Err(Error::File { file: file.clone(), message });
    // The older form has a flag for each way, the newer a list.
    let named = match keys.get("pooling_mode") {
        Some(Value::String(name)) => Some(vec![name.as_str()]),
        Some(Value::Array(names)) => match names.iter().map(Value::as_str).collect() {
            Some(names) => Some(names),
            None => return wrong("pooling_mode holds something else than names".into()),
        },
        _ => None,
    };
    let known = |name: &str, key: &str| match &named {
        Some(names) => names.contains(&name),
        None => keys.get(key).and_then(Value::as_bool).unwrap_or(false),
    };
    let ways: Vec<Pooling> =
        WAYS.into_iter().filter(|(name, key, _)| known(name, key)).map(|(_, _, way)| way).collect();
    let unknown = named.iter().flatten().find(|name| !WAYS.iter().any(|(known, _, _)| known == *name));
    match unknown {
        Some(name) => wrong(format!("pooling_mode is {name}; cls, max, mean, … is expected")),
        None if ways.is_empty() => wrong("no pooling_mode_… is true".into()),
        None => Ok((ways, keys.get("include_prompt") != Some(&Value::Bool(false)))),
    }
}

/// The config of a module that pools `ways`, in the older form, which every version reads.
pub(super) fn config(ways: &[Pooling], hidden_size: usize) -> Value {
    let flags = WAYS.map(|(_, key, way)| (key.to_owned(), ways.contains(&way).into()));
    let width = [("word_embedding_dimension".to_owned(), hidden_size.into())];
    Value::Object(width.into_iter().chain(flags).collect::<Map<String, Value>>())
}
