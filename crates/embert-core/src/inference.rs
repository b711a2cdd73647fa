//! A model that is only run.

use burn::{
    module::{Module, Param},
    tensor::{DType, Device, Tensor},
};
use embert_kernels::{ComputeType, PackedLinear, give_back_freed_memory, on_pool};

use crate::{
    Backbone, BaseModel, BaseOutput, Batch, EncoderOnly, ForMaskedLm, ForMultipleChoice, ForNextSentencePrediction,
    ForPreTraining, ForQuestionAnswering, ForSequenceClassification, ForTokenClassification, InputError, Linear, Pass,
    PreTrainingOutput, cast,
};

/// Of so few, an operation takes about as long as it takes to hand it to another thread, and it matters little that each
/// thread of the pool keeps the memory of their activations.
const FEW_TOKENS: usize = 256;

/// A model that its device cannot compute so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the device does not compute in {0}, {needed}; f32 is what every device computes in", needed = match .0 {
    ComputeType::Int8 => "which is for the fused operations of the CPU (the device flex)",
    _ => "which `embert devices` says of each device",
})]
pub struct UnsupportedCompute(pub ComputeType);

/// What every model of the family can become.
pub trait ForInference: Sized {
    /// Packs the layers for inference, one after another, and frees each; heads, which are small, stay as they are. Where
    /// the device has no packed form of a type of 16 bits, all tensors are cast to it.
    ///
    /// # Errors
    /// Where the model cannot be computed so on its device.
    fn for_inference(self, compute: ComputeType) -> Result<Inference<Self>, UnsupportedCompute>;
}

/// A model whose layers are packed for the processor: it can be run, by any number of threads, and nothing else. What
/// its parameters were is freed, so that what compiles for a model
///
/// ```no_run
/// # use burn::{module::Module, tensor::Device};
/// # use embert_core::{BertConfig, BertModel};
/// fn train(model: BertModel) -> BertModel {
///     model.train()
/// }
/// fn move_to(model: BertModel, device: &Device) -> BertModel {
///     model.to_device(device)
/// }
/// fn save(model: &BertModel, config: &BertConfig) -> Result<(), embert_checkpoint::Error> {
///     embert_checkpoint::save_pretrained(model, config, "out".as_ref())
/// }
/// ```
///
/// does not for one that was packed:
///
/// ```compile_fail
/// # use burn::module::Module;
/// # use embert_core::{BertModel, Inference};
/// fn train(model: Inference<BertModel>) -> Inference<BertModel> {
///     model.train()
/// }
/// ```
///
/// ```compile_fail
/// # use burn::{module::Module, tensor::Device};
/// # use embert_core::{BertModel, Inference};
/// fn move_to(model: Inference<BertModel>, device: &Device) -> Inference<BertModel> {
///     model.to_device(device)
/// }
/// ```
///
/// ```compile_fail
/// # use embert_core::{BertConfig, BertModel, Inference};
/// fn save(model: &Inference<BertModel>, config: &BertConfig) -> Result<(), embert_checkpoint::Error> {
///     embert_checkpoint::save_pretrained(model, config, "out".as_ref())
/// }
/// ```
///
/// On a device without packed forms it is the model as it was, or cast. What it gives is f32 always.
#[derive(Clone, Debug)]
pub struct Inference<M>(M);

impl Linear {
    /// Packs the weight, where there is a packed form, and frees it; says whether there is.
    fn pack(&mut self, compute: ComputeType) -> bool {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        let device = weight.device();
        let Some(packed) = PackedLinear::new(weight, bias, compute) else { return false };
        self.weight = Param::from_tensor(Tensor::zeros([0, 0], &device));
        self.bias = Param::from_tensor(Tensor::zeros([0], &device));
        self.packed = Some(packed);
        true
    }
}

/// A model that is computed so without packed forms: all its tensors are cast.
fn cast_for<M: Module>(model: M, compute: ComputeType, device: &Device) -> Result<M, UnsupportedCompute> {
    let dtype = match compute {
        ComputeType::F32 => return Ok(model),
        ComputeType::F16 => DType::F16,
        ComputeType::Bf16 => DType::BF16,
        ComputeType::Int8 => return Err(UnsupportedCompute(compute)),
    };
    if device.supports_dtype(dtype) { Ok(cast(model, dtype)) } else { Err(UnsupportedCompute(compute)) }
}

/// What a model gives, in f32 whatever it was computed with.
trait Widen {
    fn widen(self) -> Self;
}

impl Widen for Tensor<2> {
    fn widen(self) -> Self {
        self.cast(DType::F32)
    }
}

impl Widen for BaseOutput {
    fn widen(self) -> Self {
        Self { last_hidden_state: self.last_hidden_state.widen(), pooler_output: self.pooler_output.map(Widen::widen) }
    }
}

impl Widen for PreTrainingOutput {
    fn widen(self) -> Self {
        Self {
            prediction_logits: self.prediction_logits.widen(),
            sentence_pair_logits: self.sentence_pair_logits.widen(),
        }
    }
}

/// The models, and what their `forward` takes besides a batch and gives.
macro_rules! inference {
    ($($model:ident $(, $argument:ident: $type:ty)? => $output:ty;)*) => {$(
        impl<B: Backbone> ForInference for $model<B> {
            fn for_inference(self, compute: ComputeType) -> Result<Inference<Self>, UnsupportedCompute> {
                let mut model = self.valid();
                // It holds the same weights: none would be freed before all are packed.
                drop(self);
                let device = model.base.word_embeddings().weight.lazy_device();
                for linear in model.base.linears_mut() {
                    if !linear.pack(compute) {
                        return Ok(Inference(cast_for(model, compute, &device)?));
                    }
                    // What a weight took has seldom room for the next packed one, and another thread may have read it.
                    give_back_freed_memory();
                }
                Ok(Inference(model))
            }
        }

        impl<B: Backbone> Inference<$model<B>> {
            #[doc = concat!("[`", stringify!($model), "::forward`].")]
            ///
            /// # Errors
            /// Where an id of the batch is not one of this model.
            pub fn forward(
                &self,
                batch: &Batch,
                $($argument: $type,)?
                pass: &mut Pass,
            ) -> Result<$output, InputError> {
                if batch.input_ids.len() > FEW_TOKENS {
                    return Ok(self.0.forward(batch, $($argument,)? pass)?.widen());
                }
                on_pool(|| Ok(self.0.forward(batch, $($argument,)? pass)?.widen()))
            }
        }
    )*};
}

inference! {
    BaseModel => BaseOutput;
    EncoderOnly => Tensor<2>;
    ForMaskedLm, positions: Option<&[u32]> => Tensor<2>;
    ForPreTraining, positions: Option<&[u32]> => PreTrainingOutput;
    ForNextSentencePrediction => Tensor<2>;
    ForSequenceClassification => Tensor<2>;
    ForTokenClassification => Tensor<2>;
    ForQuestionAnswering => Tensor<2>;
    ForMultipleChoice => Tensor<2>;
}
