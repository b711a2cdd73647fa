//! The tokens with a role: padding, unknown, start, separator, mask.

use crate::Error;
use crate::config::Config;

/// What a special token is for. The names are those of `tokenizer_config.json` without `_token`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Fills rows up to a common length.
    Pad,
    /// Stands for what the vocabulary cannot spell.
    Unk,
    /// Starts every row; a classifier reads its vector.
    Cls,
    /// Ends every text.
    Sep,
    /// Hides a token that the model shall guess.
    Mask,
}

impl Role {
    /// All roles, in the order in which a trained vocabulary starts.
    pub const ALL: [Role; 5] = [Role::Pad, Role::Unk, Role::Cls, Role::Sep, Role::Mask];

    /// `pad`, `unk`, `cls`, `sep` or `mask`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Pad => "pad",
            Role::Unk => "unk",
            Role::Cls => "cls",
            Role::Sep => "sep",
            Role::Mask => "mask",
        }
    }

    /// The key in `tokenizer_config.json` and `special_tokens_map.json`.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Role::Pad => "pad_token",
            Role::Unk => "unk_token",
            Role::Cls => "cls_token",
            Role::Sep => "sep_token",
            Role::Mask => "mask_token",
        }
    }

    /// How BERT, RoBERTa and ALBERT spell it, for directories that do not say.
    fn usual_spellings(self) -> &'static [&'static str] {
        match self {
            Role::Pad => &["[PAD]", "<pad>"],
            Role::Unk => &["[UNK]", "<unk>"],
            Role::Cls => &["[CLS]", "<s>"],
            Role::Sep => &["[SEP]", "</s>"],
            Role::Mask => &["[MASK]", "<mask>"],
        }
    }
}

/// One special token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialToken {
    /// Its id in the vocabulary.
    pub id: u32,
    /// Its spelling, such as `[MASK]`.
    pub token: String,
}

/// The special tokens of a tokenizer by role. A vocabulary of the BERT family has all five, but a file may lack some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpecialTokens {
    /// Fills rows up to a common length.
    pub pad: Option<SpecialToken>,
    /// Stands for what the vocabulary cannot spell.
    pub unk: Option<SpecialToken>,
    /// Starts every row.
    pub cls: Option<SpecialToken>,
    /// Ends every text.
    pub sep: Option<SpecialToken>,
    /// Hides a token that the model shall guess.
    pub mask: Option<SpecialToken>,
    origin: String,
}

impl SpecialTokens {
    /// The token of a role, where there is one.
    pub fn get(&self, role: Role) -> Option<&SpecialToken> {
        match role {
            Role::Pad => self.pad.as_ref(),
            Role::Unk => self.unk.as_ref(),
            Role::Cls => self.cls.as_ref(),
            Role::Sep => self.sep.as_ref(),
            Role::Mask => self.mask.as_ref(),
        }
    }

    /// The token of a role.
    ///
    /// # Errors
    /// Where there is none; the error says which tokenizer that is.
    pub fn require(&self, role: Role) -> Result<&SpecialToken, Error> {
        self.get(role).ok_or_else(|| Error::NoSpecialToken { origin: self.origin.clone(), role: role.name() })
    }

    /// Finds each role's token: as `tokenizer_config.json` (or `special_tokens_map.json`) spells it, else as the
    /// family usually does.
    pub(crate) fn find(
        origin: &str,
        configs: &[&Config],
        token_to_id: impl Fn(&str) -> Option<u32>,
    ) -> Result<Self, Error> {
        let mut found = Self { origin: origin.to_owned(), ..Self::default() };
        for role in Role::ALL {
            let mut named = None;
            for config in configs {
                if named.is_none() {
                    named = config.token(role.key())?;
                }
            }
            let candidates: Vec<&str> = match &named {
                Some(token) => vec![token.as_str()],
                None => role.usual_spellings().to_vec(),
            };
            let token = candidates
                .into_iter()
                .find_map(|token| token_to_id(token).map(|id| SpecialToken { id, token: token.to_owned() }));
            match role {
                Role::Pad => found.pad = token,
                Role::Unk => found.unk = token,
                Role::Cls => found.cls = token,
                Role::Sep => found.sep = token,
                Role::Mask => found.mask = token,
            }
        }
        Ok(found)
    }
}

/// How the tokens of the five roles are spelled, in the order of [`Role::ALL`].
pub(crate) type Spellings = [String; 5];

/// The spelling of each role: the first of `configs` that names it, else the usual one.
pub(crate) fn spellings(configs: &[&Config], usual: [&str; 5]) -> Result<Spellings, Error> {
    let mut spellings = usual.map(str::to_owned);
    for (role, spelling) in Role::ALL.into_iter().zip(&mut spellings) {
        for config in configs.iter().rev() {
            if let Some(token) = config.token(role.key())? {
                *spelling = token;
            }
        }
    }
    Ok(spellings)
}
