"""Makes of a directory of a BERT what ONNX Runtime is fastest with: f32.onnx, and int8.onnx of it.

Exported is transformers' model with its plain attention, by PyTorch's older exporter: it is the one whose attention
ONNX Runtime's optimiser for BERT finds and fuses. Fails where it did not. Files that are newer than the model are kept.
"""

import argparse
import collections
import os
import sys
import tempfile
from pathlib import Path

import onnx
import torch
import transformers
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
FUSED = ["Attention", "QAttention", "SkipLayerNormalization", "BiasGelu", "FastGelu"]


class LastHiddenState(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state


def export(directory, file):
    model = transformers.BertModel.from_pretrained(
        directory, dtype=torch.float32, attn_implementation="eager", add_pooling_layer=False
    ).eval()
    example = torch.ones(2, 16, dtype=torch.long)
    axes = {name: {0: "rows", 1: "length"} for name in [*INPUTS, "last_hidden_state"]}
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        plain = os.path.join(folder, "plain.onnx")
        torch.onnx.export(
            LastHiddenState(model),
            (example, example, torch.zeros_like(example)),
            plain,
            input_names=INPUTS,
            output_names=["last_hidden_state"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
        sizes = model.config
        optimized = optimizer.optimize_model(
            plain, model_type="bert", num_heads=sizes.num_attention_heads, hidden_size=sizes.hidden_size
        )
        optimized.save_model_to_file(str(file))


def quantize(file, quantized):
    # With a scale for each channel, long inputs take as long, and the shortest longer.
    # The type of what ONNX Runtime's own operators give, which ONNX cannot tell by itself.
    options = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(file, quantized, weight_type=QuantType.QInt8, per_channel=False, extra_options=options)


def make(function, source, file, newer_than):
    """Half a file never has the name of a whole one."""
    if not file.exists() or file.stat().st_mtime < newer_than.stat().st_mtime:
        part = file.with_suffix(".part")
        function(source, part)
        part.replace(file)


def check(file, attention, layers):
    kinds = collections.Counter(node.op_type for node in onnx.load(file).graph.node)
    counts = ", ".join(f"{kinds[kind]} {kind}" for kind in FUSED if kinds[kind])
    print(f"{file.name}: {counts or 'nothing'} fused", file=sys.stderr)
    if kinds[attention] != layers:
        raise SystemExit(f"{file}: the attention of {layers} layers is expected to be fused")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, type=Path, help="a directory of a BERT")
    parser.add_argument("--out", required=True, type=Path, help="the folder to write to")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    arguments.out.mkdir(parents=True, exist_ok=True)
    f32, int8 = arguments.out / "f32.onnx", arguments.out / "int8.onnx"
    make(export, arguments.model, f32, newer_than=arguments.model / "model.safetensors")
    make(quantize, f32, int8, newer_than=f32)
    layers = transformers.AutoConfig.from_pretrained(arguments.model).num_hidden_layers
    check(f32, "Attention", layers)
    check(int8, "QAttention", layers)


if __name__ == "__main__":
    main()
