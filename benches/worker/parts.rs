//! The parts of a step, each by itself: forward and backward on the pieces of the step, side by side on all cores as the
//! training loop has them. What it gives to the others and takes from them is left out.

use std::time::Instant;

use anyhow::Context;
use burn::{
    module::Module,
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use clap::{Args, ValueEnum};
use embert::{
    AutoBackbone, AutoConfig, AutoModelForMaskedLm, Backend,
    core::{
        Batch, Embedding, EmbeddingSizes, Embeddings, FamilyConfig, FeedForward, Heads, Inference, Init, LayerNorm,
        LayerSizes, Layers, MaskedLmHead, Pass, SelfAttention,
    },
    data::Example,
    kernels::{AttentionPlan, indices},
    objectives::losses::{Distillation, Pupil, cross_entropy},
    train::{MaskedLm, Objective, Optimizer, PreTrainingBatch, Workers, clip_factor, global_norm, pieces},
};
use serde_json::json;

use crate::{
    Threads,
    gemm_peak::gemm_peak,
    protocol, shown,
    train::{Models, Opened, training},
};

/// Answer with how long a part of the steps of a work takes.
#[derive(Debug, Args)]
pub(crate) struct TrainParts {
    #[command(flatten)]
    models: Models,
    /// The work.
    #[arg(long)]
    of: String,
    #[command(flatten)]
    threads: Threads,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Part {
    Embedding,
    Attention,
    FeedForward,
    /// With the loss.
    Head,
    Teacher,
    Optimiser,
}

impl TrainParts {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        self.threads.apply()?;
        let before = protocol::memory_now();
        let device = Backend::Flex.open()?;
        let batches = shown::batches(&self.of, self.models.asked(&self.of))?;
        let Opened { model, config, teacher } = self.models.open(&device)?;
        let mut alone = Alone {
            blocks: Blocks::new(&config, &device),
            optimizer: Optimizer::new(&model, training().optimizer),
            model: Some(model),
            teacher: teacher.map(|(teacher, _)| teacher),
            config,
            device,
        };
        protocol::serve(
            "embert",
            "f32",
            || protocol::Memory::of(before, None),
            |work, _| {
                if work == "gemm peak" {
                    return gemm_peak();
                }
                let part = Part::from_str(work, false).map_err(anyhow::Error::msg)?;
                let seconds = batches.iter().map(|batch| alone.seconds(part, batch)).sum::<anyhow::Result<f64>>()?;
                Ok(json!({"ms": seconds * 1e3}))
            },
        )
    }
}

/// The blocks of a model, apart.
#[derive(Module, Debug)]
struct Blocks {
    embeddings: Embeddings,
    attention: Vec<(SelfAttention, LayerNorm)>,
    feed_forward: Vec<(FeedForward, LayerNorm)>,
    head: MaskedLmHead,
    words: Embedding,
}

impl Blocks {
    fn new(config: &AutoConfig, device: &Device) -> Self {
        let init = Init::new(device, 0, 0.02);
        let (heads, Layers { count, sizes }) = (config.heads(), config.layers());
        let Heads { masked_lm: words, .. } = &heads;
        let LayerSizes { hidden_size, num_attention_heads, intermediate_size, activation, layer_norm_eps, .. } = sizes;
        let norm = || LayerNorm::new(hidden_size, layer_norm_eps, &init);
        let attention = || SelfAttention::new(hidden_size, num_attention_heads, sizes.attention_dropout, &init);
        let feed_forward = || FeedForward::new(hidden_size, intermediate_size, activation, &init);
        let embedding_sizes = EmbeddingSizes {
            width: words.embedding_size,
            vocab_size: words.vocab_size,
            max_position_embeddings: config.longest_sequence(),
            type_vocab_size: matches!(config, AutoConfig::Bert(_)).then_some(2),
            layer_norm_eps,
            dropout: sizes.feed_forward_dropout,
            positions: config.positions(),
        };
        Self {
            embeddings: Embeddings::new(&embedding_sizes, &init),
            attention: (0..count).map(|_| (attention(), norm())).collect(),
            feed_forward: (0..count).map(|_| (feed_forward(), norm())).collect(),
            head: MaskedLmHead::new(&heads, &init),
            words: Embedding::new(words.vocab_size, words.embedding_size, &init),
        }
    }
}

/// All that the parts are computed with.
struct Alone {
    blocks: Blocks,
    optimizer: Optimizer,
    /// None where a step of the optimiser failed.
    model: Option<AutoModelForMaskedLm>,
    teacher: Option<Inference<AutoModelForMaskedLm>>,
    config: AutoConfig,
    device: Device,
}

/// What enters a part.
struct Entering {
    hidden: Tensor<2>, // [tokens, hidden_size]
    teacher_logits: Option<Tensor<2>>,
}

impl Alone {
    fn seconds(&mut self, part: Part, batch: &[Example]) -> anyhow::Result<f64> {
        let pieces = pieces(batch.to_vec(), training().micro_batch_tokens);
        let workers = Workers::new(std::slice::from_ref(&self.device), pieces.len())?;
        if let Part::Optimiser = part {
            return self.optimiser_seconds(batch, &workers);
        }
        let entering = pieces.into_iter().map(|piece| {
            let shown = PreTrainingBatch::new(&piece)?;
            let entering = self.entering(part, &shown.batch)?;
            Ok((shown, entering))
        });
        let entering = entering.collect::<anyhow::Result<Vec<_>>>()?;
        let start = Instant::now();
        workers.fold_pieces(
            entering,
            |(shown, entering), _| {
                self.compute(part, &shown, entering);
                Ok(())
            },
            |()| {},
        )?;
        Ok(start.elapsed().as_secs_f64())
    }

    fn entering(&self, part: Part, batch: &Batch) -> anyhow::Result<Entering> {
        let hidden = self.blocks.embeddings.clone().valid().forward(batch, &mut Pass::inference())?;
        let teacher = self.teacher.as_ref().filter(|_| matches!(part, Part::Head));
        let teacher_logits = teacher.map(|teacher| teacher.forward(batch, None, &mut Pass::inference())).transpose()?;
        Ok(Entering { hidden, teacher_logits })
    }

    /// There and back.
    fn compute(&self, part: Part, shown: &PreTrainingBatch, Entering { hidden, teacher_logits }: Entering) {
        let PreTrainingBatch { batch, positions, originals, .. } = shown;
        let blocks = self.blocks.clone().train().fork(&self.device.clone().autodiff());
        let pass = &mut Pass::training(0);
        let LayerSizes { attention_output_dropout, feed_forward_dropout, .. } = self.config.layers().sizes;
        let plain = hidden.clone();
        let hidden = Tensor::from_inner(hidden).require_grad();
        let loss = match part {
            Part::Embedding => blocks.embeddings.forward(batch, pass).map(Tensor::sum).ok(),
            Part::Attention => {
                let plan = AttentionPlan::new(batch.lengths(), &[], &self.device);
                let layers = blocks.attention.iter().fold(hidden, |hidden, (attention, norm)| {
                    let attended = attention.forward(hidden.clone(), &plan, pass);
                    norm.forward_sum(hidden, pass.drop(attended, attention_output_dropout))
                });
                Some(layers.sum())
            }
            Part::FeedForward => {
                let layers = blocks.feed_forward.iter().fold(hidden, |hidden, (feed_forward, norm)| {
                    let transformed = feed_forward.forward(hidden.clone());
                    norm.forward_sum(hidden, pass.drop(transformed, feed_forward_dropout))
                });
                Some(layers.sum())
            }
            Part::Head => match teacher_logits {
                None => {
                    let asked = hidden.select(0, indices(positions, &self.device));
                    cross_entropy(blocks.head.forward(asked, &blocks.words), originals).ok()
                }
                Some(teacher_logits) => {
                    let student_logits = blocks.head.forward(hidden.clone(), &blocks.words);
                    let hidden_states = vec![(hidden, plain)];
                    let pupil = Pupil { student_logits, teacher_logits, masked: positions, originals, hidden_states };
                    Distillation::default().loss(pupil).map(|loss| loss.total).ok()
                }
            },
            Part::Teacher => {
                let teacher = self.teacher.as_ref();
                drop(teacher.map(|teacher| teacher.forward(batch, None, &mut Pass::inference())));
                None
            }
            Part::Optimiser => None,
        };
        drop(loss.map(|loss| GradientsParams::from_grads(loss.backward(), &blocks)));
    }

    /// Clipping and the rule itself, with gradients of the whole model.
    fn optimiser_seconds(&mut self, batch: &[Example], workers: &Workers) -> anyhow::Result<f64> {
        let model = self.model.take().context("a step of the optimiser failed")?;
        let trained = model.clone().train().fork(&self.device.clone().autodiff());
        let objective = MaskedLm::<AutoBackbone>::new(&self.config);
        let look = objective.look(&trained, batch, &mut Pass::training(0))?;
        let loss = look.parts.into_iter().find_map(|part| part.loss).context("nothing is asked")?;
        let gradients = GradientsParams::from_grads(loss.backward(), &trained);
        drop(trained);
        let settings = training().optimizer;
        let start = Instant::now();
        let norm = global_norm(&model, &gradients, workers)?.context("there is no gradient")?;
        let factor = clip_factor(&norm, settings.max_grad_norm);
        let moved = self.optimizer.step(model, gradients, factor.as_ref(), settings.learning_rate, workers)?;
        self.model = Some(moved);
        Ok(start.elapsed().as_secs_f64())
    }
}
