//! An objective of one's own: SpanBERT's (Joshi et al. 2020), in which the words of a masked span are told a second time, by
//! what stands on both sides of it.

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use embert_core::{
    Activation, Backbone, Bert, BertConfig, Embedding, FamilyConfig, Flops, Init, LayerNorm, Linear, MaskedLmHead, Pass,
};
use embert_data::Example;
use embert_kernels::indices;
use embert_objectives::{
    losses::cross_entropy,
    masking::{Choice, Unit},
};
use embert_train::{
    Alone, Error, Event, ExampleSource, Look, Material, Objective, OptimizerSettings, Part, PreTrainingBatch, Schedule,
    State, Training,
};

use crate::common::{config, settings, source};

/// Words of a span that have a place of their own.
const PLACES: usize = 10;

/// A BERT that fills in masked words, and another head that does so from the ends of a span.
#[derive(Module, Debug)]
struct SpanBert {
    bert: Bert,
    words: MaskedLmHead,
    places: Embedding,
    boundary: Linear, // [hidden_size, 3 hidden_size]
    boundary_norm: LayerNorm,
    span_words: MaskedLmHead,
}

impl SpanBert {
    fn new(config: &BertConfig, device: &Device, seed: u64) -> Self {
        let (heads, hidden_size) = (config.heads(), config.hidden_size);
        let init = Init::new(device, seed, heads.initializer_range);
        Self {
            bert: Bert::new(config, &init),
            words: MaskedLmHead::new(&heads, &init),
            places: Embedding::new(PLACES, hidden_size, &init),
            boundary: Linear::new(3 * hidden_size, hidden_size, &init),
            boundary_norm: LayerNorm::new(hidden_size, config.layer_norm_eps, &init),
            span_words: MaskedLmHead::new(&heads, &init),
        }
    }
}

/// Masked words, by their own hidden state and by those beside their span (section 3.2, equation 1).
struct SpanBoundary(Flops);

/// Of each masked token, the tokens before and after its span, and its place in it.
fn spans(positions: &[u32]) -> [Vec<u32>; 3] {
    let runs = || positions.chunk_by(|before, after| before + 1 == *after);
    let of_each = |of: fn(&[u32], u32) -> u32| runs().flat_map(|run| run.iter().map(move |&at| of(run, at))).collect();
    [
        // No row begins or ends with a masked token: [CLS] and [SEP] stand there.
        of_each(|run, _| run[0] - 1),
        of_each(|run, _| run[run.len() - 1] + 1),
        of_each(|run, at| (at - run[0]).min(PLACES as u32 - 1)),
    ]
}

impl Objective for SpanBoundary {
    type Model = SpanBert;
    type Example = Example;
    type Verdict = ();

    fn parts(&self) -> &[&'static str] {
        &["mlm", "sbo"]
    }

    fn answers(&self, example: &Example) -> Vec<Vec<u32>> {
        vec![example.masked.originals.clone(), example.masked.originals.clone()]
    }

    fn look(&self, model: &SpanBert, examples: &[Example], pass: &mut Pass) -> Result<Look, Error> {
        let PreTrainingBatch { batch, positions, originals, .. } = PreTrainingBatch::new(examples)?;
        let hidden = model.bert.forward(&batch, pass)?; // [tokens, hidden_size]
        let device = hidden.device().inner();
        let at = |tokens: &[u32]| hidden.clone().select(0, indices(tokens, &device));
        let [before, after, places] = spans(&positions);
        let ends = Tensor::cat(vec![at(&before), at(&after), model.places.forward(&places)?], 1); // [masked, 3 hidden_size]
        let ends = model.boundary_norm.forward(model.boundary.forward_activated(ends, Activation::Gelu));
        let words = model.words.forward(at(&positions), model.bert.word_embeddings()); // [masked, vocab_size]
        let of_spans = model.span_words.forward(ends, model.bert.word_embeddings());
        Ok(vec![
            Part::new(words, |words| cross_entropy(words, &originals))?,
            Part::new(of_spans, |words| cross_entropy(words, &originals))?,
        ]
        .into())
    }

    fn flops(&self, example: &Example) -> f64 {
        self.0.of_sequence(example.ids.len(), 2 * example.masked.positions.len())
    }
}
// What SpanBERT is ends here.

/// Rows whose masks are spans.
fn of_spans(documents: u32) -> ExampleSource {
    let mut source = source(documents);
    source.masking.choice = Choice::Google(Unit::NGram { longest: 3 });
    source
}

/// The losses of both parts at each report, and on held-out rows in the end.
fn train(settings: &Training, dropout: f64) -> (Vec<[f64; 2]>, Vec<f64>) {
    let config = config(dropout);
    let (objective, training, held_out) = (SpanBoundary(Flops::of(&config)), of_spans(30), of_spans(10));
    let devices = [Device::flex()];
    let material =
        Material { objective: &objective, training: &training, held_out: &held_out, devices: &devices, ranks: &Alone };
    let (mut losses, mut right) = (Vec::new(), Vec::new());
    let listen = |event: Event<'_, SpanBoundary>| {
        match event {
            Event::Step(report) => losses.push([report.parts[0].loss, report.parts[1].loss]),
            Event::Validated { validation, .. } => {
                right = validation.parts.iter().map(|(part, _)| part.accuracy.share()).collect();
            }
            Event::Batch { .. } | Event::Save(_) => {}
        }
        Ok::<(), Error>(())
    };
    let state = State::new(SpanBert::new(&config, &devices[0], 1), settings.optimizer);
    settings.run(state, material, listen, || false).unwrap();
    (losses, right)
}

#[test]
fn spans_are_known_by_their_ends() {
    assert_eq!(spans(&[3, 4, 5, 9]), [vec![2, 2, 2, 8], vec![6, 6, 6, 10], vec![0, 1, 2, 0]]);
    assert!(spans(&[]).concat().is_empty());
}

#[test]
fn both_of_its_parts_are_learned() {
    let optimizer = OptimizerSettings { learning_rate: 5e-3, bias_correction: true, ..settings().optimizer };
    let settings =
        Training { optimizer, schedule: Schedule::linear(120, 12), log_every: 1, validate_every: 120, ..settings() };
    let (losses, right) = train(&settings, 0.1);
    let (first, last) = (losses[0], losses[losses.len() - 1]);
    for part in 0..2 {
        assert!(last[part] < 0.85 * first[part], "{first:?}, then {last:?}");
    }
    // Of 25 words, of which those beside a span say most of this world's.
    assert!(right[1] > 0.3, "{right:?}");
}

#[test]
fn its_losses_are_the_same_whole_and_in_pieces() {
    let whole = Training { schedule: Schedule::linear(3, 1), log_every: 1, ..settings() };
    let pieces = Training { micro_batch_tokens: 40, ..whole.clone() };
    let [whole, pieces] = [whole, pieces].map(|settings| train(&settings, 0.0).0.concat());
    assert_eq!(whole.len(), pieces.len());
    assert!(whole.iter().zip(&pieces).all(|(whole, pieces)| (whole - pieces).abs() < 1e-4), "{whole:?} {pieces:?}");
}

#[test]
fn it_takes_less_than_100_lines() {
    let (objective, _) = include_str!("span_boundary.rs").split_once("// What SpanBERT is ends here.").unwrap();
    let (_, objective) = objective.split_once("/// Words of a span").unwrap();
    assert!(objective.lines().count() < 100);
}
