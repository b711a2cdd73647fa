//! From a directory to a tokenizer: which file decides, and the reading of it.

use std::path::Path;

use serde_json::{Map, Value};

use crate::config::{Config, kind};
use crate::files::{lines, read_json, read_text};
use crate::sentencepiece::SentencePiece;
use crate::special::{SpecialTokens, spellings};
use crate::tokenizer::algorithm;
use crate::{Error, Tokenizer, albert, bert, document, roberta};

/// What stands beside the file that decides.
struct Beside {
    config: Config,
    /// `special_tokens_map.json`, an older place for the special tokens.
    map: Config,
}

/// Detects what the directory holds and loads it.
pub(crate) fn from_dir(dir: &Path) -> Result<Tokenizer, Error> {
    let beside = Beside {
        config: Config::read(&dir.join("tokenizer_config.json"))?,
        map: Config::read(&dir.join("special_tokens_map.json"))?,
    };
    let file = |name: &str| Some(dir.join(name)).filter(|file| file.exists());
    if let Some(json) = file("tokenizer.json") {
        return from_tokenizer_json(&json, file("spiece.model").as_deref(), beside);
    }
    let beside = beside.with_added_tokens(&dir.join("added_tokens.json"))?;
    if let Some(vocab) = file("vocab.txt") {
        return from_vocab_txt(&vocab, beside);
    }
    if let (Some(vocab), Some(merges)) = (file("vocab.json"), file("merges.txt")) {
        return from_vocab_and_merges(&vocab, &merges, beside);
    }
    if let Some(spiece) = file("spiece.model") {
        return from_spiece(&spiece, beside);
    }
    Err(Error::NoTokenizer { dir: dir.to_path_buf(), found: found(dir) })
}

/// What a directory without a tokenizer holds instead.
fn found(dir: &Path) -> String {
    let entries = match std::fs::read_dir(dir) {
        Err(error) => return format!("cannot read the directory: {error}"),
        Ok(entries) => entries,
    };
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort_unstable();
    if names.is_empty() { "found nothing".to_owned() } else { format!("found {}", names.join(", ")) }
}

/// The whole pipeline as Hugging Face's `tokenizers` stores it.
fn from_tokenizer_json(file: &Path, spiece: Option<&Path>, beside: Beside) -> Result<Tokenizer, Error> {
    let mut keys = object(file, "an object with a tokenizer's `model`")?;
    match keys.get("model") {
        Some(Value::Object(_)) => {}
        Some(other) => return Err(Error::content(file, "model", "an object", kind(other))),
        None => return Err(Error::content(file, "top level", "a tokenizer's `model`", "another kind of JSON")),
    }
    // Stored limits are the choice of whoever made the file; here they are the caller's.
    keys.insert("truncation".to_owned(), Value::Null);
    keys.insert("padding".to_owned(), Value::Null);
    let library = document::parse(file, Value::Object(keys))?;
    let spiece = spiece.map(|file| std::fs::read(file).map_err(|source| Error::io(file, source))).transpose()?;
    let why = "the directory has one, and it holds the whole pipeline";
    let origin = format!("{} ({}): {why}", file.display(), algorithm(library.get_model()));
    beside.finish(library, origin, spiece)
}

/// A WordPiece vocabulary, a token a line, with its rules in `tokenizer_config.json`.
fn from_vocab_txt(file: &Path, beside: Beside) -> Result<Tokenizer, Error> {
    let text = read_text(file)?;
    let vocabulary: Vec<String> = lines(&text).map(str::to_owned).collect();
    if vocabulary.is_empty() {
        return Err(Error::content(file, "content", "a token a line", "an empty file"));
    }
    let rules = bert::Rules::from_config(&beside.config)?;
    let special = beside.spellings(bert::SPECIAL)?;
    let document = bert::document(file, &vocabulary, &special, &beside.config, &rules)?;
    let case = if rules.lowercase { "lower case" } else { "case kept" };
    let origin = format!("{} (WordPiece, {case}{}): there is no tokenizer.json", file.display(), beside.stated());
    beside.finish(document::parse(file, document)?, origin, None)
}

/// A byte-level BPE vocabulary: tokens with ids, and the merges that make them, best first.
fn from_vocab_and_merges(file: &Path, merges_file: &Path, beside: Beside) -> Result<Tokenizer, Error> {
    let vocabulary = vocab_json(file)?;
    let merges = merges_txt(merges_file, &vocabulary)?;
    let rules = roberta::Rules::from_config(&beside.config)?;
    let special = beside.spellings(roberta::SPECIAL)?;
    let document = roberta::document(file, vocabulary, &merges, &special, &beside.config, &rules)?;
    let space = if rules.add_prefix_space { "with" } else { "without" };
    let origin = format!(
        "{} and {} (byte-level BPE, {space} a space at the start{}): there is neither tokenizer.json nor vocab.txt",
        file.display(),
        merges_file.display(),
        beside.stated()
    );
    beside.finish(document::parse(file, document)?, origin, None)
}

/// A SentencePiece model, with ALBERT's rules in `tokenizer_config.json`.
fn from_spiece(file: &Path, beside: Beside) -> Result<Tokenizer, Error> {
    let model = SentencePiece::read(file)?;
    let rules = albert::Rules::from_config(&beside.config)?;
    let special = beside.spellings(albert::SPECIAL)?;
    let vocabulary = albert::Vocabulary {
        file,
        pieces: model.vocabulary().collect(),
        unknown: model.unknown(),
        charsmap: model.charsmap(),
    };
    let document = albert::document(&vocabulary, &special, &beside.config, &rules)?;
    let case = if rules.lowercase { "lower case" } else { "case kept" };
    let origin = format!(
        "{} (Unigram, {case}{}): there is no tokenizer.json and no other vocabulary",
        file.display(),
        beside.stated()
    );
    beside.finish(document::parse(file, document)?, origin, Some(model.into_bytes()))
}

/// `vocab.json`: tokens with their ids, each id once.
fn vocab_json(file: &Path) -> Result<Map<String, Value>, Error> {
    let vocabulary = object(file, "an object with tokens and their ids")?;
    if vocabulary.is_empty() {
        return Err(Error::content(file, "top level", "tokens and their ids", "an empty object"));
    }
    let mut seen = std::collections::HashMap::new();
    for (token, id) in &vocabulary {
        let Some(number) = id.as_u64().and_then(|id| u32::try_from(id).ok()) else {
            return Err(Error::content(file, token, "an id", id.to_string()));
        };
        if let Some(other) = seen.insert(number, token) {
            return Err(Error::content(file, token, "an id of its own", format!("{number}, the id of {other}")));
        }
    }
    Ok(vocabulary)
}

/// `merges.txt`: two tokens a line with a space between them, the best merge first.
fn merges_txt(file: &Path, vocabulary: &Map<String, Value>) -> Result<Vec<(String, String)>, Error> {
    let text = read_text(file)?;
    if text.is_empty() {
        return Err(Error::content(file, "content", "a merge a line", "an empty file"));
    }
    let mut merges = Vec::new();
    for (line, number) in lines(&text).zip(1..) {
        if line.starts_with("#version") {
            continue;
        }
        let wrong = |expected: &str, found: String| Error::content(file, format!("line {number}"), expected, found);
        let halves = line
            .split_once(' ')
            .filter(|(first, second)| !first.is_empty() && !second.is_empty() && !second.contains(' '));
        let Some((first, second)) = halves else {
            return Err(wrong("two tokens with a space between them", format!("{line:?}")));
        };
        let joined = format!("{first}{second}");
        if let Some(token) = [first, second, &joined].into_iter().find(|token| !vocabulary.contains_key(*token)) {
            return Err(wrong("two tokens of vocab.json that make a third", format!("{token}, which is none")));
        }
        merges.push((first.to_owned(), second.to_owned()));
    }
    Ok(merges)
}

/// A JSON file whose top level must be an object.
fn object(file: &Path, expected: &str) -> Result<Map<String, Value>, Error> {
    match read_json(file)? {
        Value::Object(keys) => Ok(keys),
        other => Err(Error::content(file, "top level", expected, kind(&other))),
    }
}

impl Beside {
    /// Takes over `added_tokens.json` (tokens with ids), which older directories have beside a raw vocabulary.
    fn with_added_tokens(mut self, file: &Path) -> Result<Self, Error> {
        if file.exists() {
            self.config.add_tokens(&object(file, "an object with tokens and their ids")?);
        }
        Ok(self)
    }

    fn spellings(&self, usual: [&str; 5]) -> Result<[String; 5], Error> {
        spellings(&[&self.config, &self.map], usual)
    }

    /// Says whether a configuration stood beside a raw vocabulary.
    fn stated(&self) -> &'static str {
        if self.config.is_empty() { " by default, without tokenizer_config.json" } else { " by tokenizer_config.json" }
    }

    fn finish(
        self,
        library: tokenizers::Tokenizer,
        origin: String,
        spiece: Option<Vec<u8>>,
    ) -> Result<Tokenizer, Error> {
        let special = SpecialTokens::find(&origin, &[&self.config, &self.map], |token| library.token_to_id(token))?;
        Tokenizer::new(library, self.config, special, origin, spiece)
    }
}
