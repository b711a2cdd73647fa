//! A model that is only run.

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};
use embert_kernels::{ComputeType, PackedLinear, give_back_freed_memory, on_pool};

use crate::{
    Backbone, BaseModel, BaseOutput, Batch, EncoderOnly, ForMaskedLm, ForMultipleChoice, ForNextSentencePrediction,
    ForPreTraining, ForQuestionAnswering, ForSequenceClassification, ForTokenClassification, InputError, Linear, Pass,
    PreTrainingOutput,
};

/// Of so few, an operation takes about as long as it takes to hand it to another thread, and it matters little that each
/// thread of the pool keeps the memory of their activations.
const FEW_TOKENS: usize = 256;

/// There is no packed form of a model on its device, and without one it is computed in f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is for the fused operations of the CPU (the device flex); elsewhere a model is computed in f32")]
pub struct UnsupportedCompute(pub ComputeType);

/// What every model of the family can become.
pub trait ForInference: Sized {
    /// Packs the layers for inference, one after another, and frees each. Heads, which are small, stay as they are.
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
/// On a device without packed forms it is the model as it was.
#[derive(Clone, Debug)]
pub struct Inference<M>(M);

impl Linear {
    /// Packs the weight, where there is a packed form, and frees it.
    fn pack(&mut self, compute: ComputeType) -> Result<(), UnsupportedCompute> {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        let device = weight.device();
        match PackedLinear::new(weight, bias, compute) {
            Some(packed) => {
                self.weight = Param::from_tensor(Tensor::zeros([0, 0], &device));
                self.bias = Param::from_tensor(Tensor::zeros([0], &device));
                self.packed = Some(packed);
                Ok(())
            }
            None if compute == ComputeType::F32 => Ok(()),
            None => Err(UnsupportedCompute(compute)),
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
                for linear in model.base.linears_mut() {
                    linear.pack(compute)?;
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
                    return self.0.forward(batch, $($argument,)? pass);
                }
                on_pool(|| self.0.forward(batch, $($argument,)? pass))
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
