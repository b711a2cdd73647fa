//! What each head looks at.

use embert_core::{Batch, Inference, Pass};
use embert_tokenizer::{Row, Strategy, Tokenizer};

use super::{
    builder::Opening,
    pipeline::{Opened, Pipeline, Task},
    reader::{Numbered, Passage, Reader},
};
use crate::{
    attention::{AttentionMap, Piece},
    auto::AutoEncoder,
    encode::floats,
    error::Error,
    schedule::Sequence,
};

/// Maps that wait to be taken, of each window.
const MAPS_AT_A_TIME: usize = 4;
const TOKENS_AT_A_TIME: usize = 512;

/// A model that is asked what its heads look at: any of the family.
///
/// ```no_run
/// use embert::AttentionMapper;
///
/// let mapper = AttentionMapper::from_pretrained("google-bert/bert-base-uncased")?;
/// for map in mapper.run(["the cat sat on the mat"])? {
///     println!("{}", map.to_html());
/// }
/// # Ok::<(), embert::Error>(())
/// ```
pub type AttentionMapper = Pipeline<AttentionMapping>;

/// Texts to attention: what an [`AttentionMapper`] does.
#[derive(Debug)]
pub struct AttentionMapping {
    encoder: Inference<AutoEncoder>,
}

impl Task for AttentionMapping {
    type Options = ();
    type Input = Passage;
    type Output = AttentionMap;
    type About = Vec<Piece>;
    type Part = AttentionMap;

    fn open(of: &Opening<'_>, (): ()) -> Result<Opened<Self>, Error> {
        let (encoder, _, mut opened) = of.model()?;
        // A map has a number for each pair of tokens in each head: megabytes, where another answer is a line.
        let schedule = &mut opened.reader.settings.schedule;
        schedule.window_inputs = schedule.window_inputs.min(MAPS_AT_A_TIME);
        schedule.batch_tokens = schedule.batch_tokens.min(TOKENS_AT_A_TIME);
        Ok(opened.with(Self { encoder }))
    }

    fn rows(&self, reader: &Reader, of: Numbered<Passage>) -> Result<Vec<Sequence<Vec<Piece>>>, Error> {
        let (row, is_cut) = reader.row(of.number, &of.input, Strategy::default())?;
        reader.count_cut(is_cut);
        let about = row.rows().flat_map(|row| pieces(&of.input, row, &reader.tokenizer)).collect();
        Ok(vec![Sequence { ids: row.ids, type_ids: row.type_ids, about }])
    }

    fn compute(&self, batch: &Batch, about: &[Vec<Piece>]) -> Result<Vec<AttentionMap>, Error> {
        let mut pass = Pass::inference().keep_attentions();
        self.encoder.forward(batch, &mut pass)?;
        let shape = pass.attentions().first().map_or([0; 4], |layer| layer.dims()); // [rows, heads, longest, longest]
        let layers = pass.attentions().iter().map(|layer| floats(layer.clone())).collect::<Result<Vec<_>, _>>()?;
        let map = |(row, pieces): (usize, &Vec<Piece>)| AttentionMap::of_row(pieces.clone(), &layers, shape, row);
        Ok(about.iter().enumerate().map(map).collect())
    }

    fn output(&self, parts: Vec<AttentionMap>) -> AttentionMap {
        parts.into_iter().next().unwrap_or_default()
    }
}

/// The tokens of a row as they stand in its texts; as the tokenizer spells them where they are special, unknown, or a part of a
/// character.
fn pieces(passage: &Passage, row: Row<'_>, tokenizer: &Tokenizer) -> Vec<Piece> {
    let texts = [Some(passage.text.as_str()), passage.pair.as_deref()];
    let unknown = tokenizer.special_tokens().unk.as_ref().map(|unknown| unknown.id);
    let mut part = 0;
    let tokens = row.ids.iter().zip(row.byte_offsets).zip(row.sequence_ids).zip(row.has_own_bytes());
    let piece = |(((&id, &(start, end)), &of), is_own)| {
        // What stands after a text belongs to it.
        part = Option::unwrap_or(of, part);
        let stands = of.filter(|_| is_own && Some(id) != unknown);
        let text = stands.and_then(|of: u8| (*texts.get(usize::from(of))?)?.get(start..end)).map(str::to_owned);
        Piece { text: text.or_else(|| tokenizer.id_to_token(id)).unwrap_or_default(), part: part.into() }
    };
    tokens.map(piece).collect()
}
