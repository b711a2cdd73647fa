//! Where a model's parameters stand in a file.

use burn::{module::Module, tensor::Device};

use crate::{config::ModelConfig, error::ConfigError};

/// The names of a model family's parameters in Hugging Face's files.
#[derive(Debug)]
pub struct Layout {
    /// What stands before the encoder's names in the file of a model with a
    /// head, and is absent from that of a bare model: `bert.`.
    pub base_prefix: &'static str,
    /// A module's path here, and its name in the file of a model with a head;
    /// `{}` stands for a number. The first that fits is taken.
    pub names: &'static [(&'static str, &'static str)],
    /// A tensor of the masked-LM head that is the same as another where
    /// `tie_word_embeddings` is true, and that other.
    pub ties: &'static [(&'static str, &'static str)],
    /// Buffers that old files hold and no model needs.
    pub ignored: &'static [&'static str],
}

/// A model that can be read from and written to a Hugging Face directory.
pub trait Pretrained: Module {
    /// Its config.
    type Config: ModelConfig;
    /// Whether the file of such a model leaves out [`Layout::base_prefix`].
    const IS_BARE: bool;

    /// What `architectures` says in the config.json of such a model.
    fn architecture(config: &Self::Config) -> String;

    /// Its family's names.
    fn layout(config: &Self::Config) -> &'static Layout;

    /// A fresh model, drawn from `seed`.
    ///
    /// # Errors
    /// Where the config's family has no such model.
    fn from_config(config: &Self::Config, device: &Device, seed: u64) -> Result<Self, ConfigError>;
}

impl Layout {
    /// Whether a tensor of a file is one of a head's, or of the pooler's.
    pub(crate) fn is_of_a_head(&self, name: &str) -> bool {
        let heads = self.names.iter().filter(|(ours, _)| !ours.starts_with("base.")).map(|(_, theirs)| *theirs);
        let within = |module: &str| name.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'));
        heads.into_iter().any(|head| within(head) || head.strip_prefix(self.base_prefix).is_some_and(within))
    }

    /// The file's name for the parameter at `path` (`bert.pooler.dense.weight`),
    /// in the form that a model with a head has.
    pub(crate) fn file_name(&self, path: &str) -> Option<String> {
        let (module, parameter) = path.rsplit_once('.')?;
        self.names.iter().find_map(|(ours, theirs)| {
            let numbers = numbers_in(module, ours)?;
            let mut numbers = numbers.into_iter();
            let mut pieces = theirs.split("{}");
            let mut name = pieces.next().unwrap_or_default().to_owned();
            for piece in pieces {
                name += numbers.next()?;
                name += piece;
            }
            Some(format!("{name}.{parameter}"))
        })
    }
}

/// What stands for each `{}` of `pattern` in `path`, if it fits.
fn numbers_in<'a>(path: &'a str, pattern: &str) -> Option<Vec<&'a str>> {
    let (mut path, mut pattern) = (path.split('.'), pattern.split('.'));
    let mut numbers = Vec::new();
    loop {
        match (path.next(), pattern.next()) {
            (None, None) => return Some(numbers),
            (Some(part), Some("{}")) if part.bytes().all(|byte| byte.is_ascii_digit()) => {
                numbers.push(part);
            }
            (Some(part), Some(expected)) if part == expected => {}
            _ => return None,
        }
    }
}
