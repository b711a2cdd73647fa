"""Opens in Hugging Face transformers what `embert convert` writes.

For each model directory under --models (the reference cases), in f32, f16 and bf16, in one file and in shards:
no key may be missing or unexpected, and the f32 outputs must be the reference's within its tolerance.
Prints a table; exits 1 where a line of it is wrong.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file

SAVED = [("f32", "float32", None), ("f32", "float32", "20KB"), ("f16", "float16", None), ("bf16", "bfloat16", None)]


def outputs(model, inputs):
    with torch.no_grad():
        got = model(**inputs, output_hidden_states=True, output_attentions=True)
    flat = {}
    for name, value in got.items():
        if isinstance(value, tuple):
            flat |= {f"{name}.{i}": tensor for i, tensor in enumerate(value)}
        elif value is not None:
            flat[name] = value
    return flat


def check(embert, case, dtype, torch_name, shards, out):
    command = [embert, "convert", "--model", case, "--out", out, "--dtype", dtype]
    if shards:
        command += ["--max-shard-size", shards]
    subprocess.run(command, check=True)
    architecture = json.loads((case / "config.json").read_text())["architectures"][0]
    model, info = getattr(transformers, architecture).from_pretrained(
        out, output_loading_info=True, attn_implementation="eager"
    )
    keys = [f"{kind} {sorted(info[kind])}" for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") if info[kind]]
    if str(model.dtype) != f"torch.{torch_name}":
        keys.append(f"dtype {model.dtype}")
    if keys:
        return "; ".join(keys)
    if dtype != "f32":
        return "ok"
    tolerance = json.loads((case / "case.json").read_text())["tolerance"]
    got = outputs(model.eval(), load_file(case / "inputs.safetensors"))
    compared = 0
    for name, expected in load_file(case / "expected.safetensors").items():
        if name.startswith("grad."):
            continue
        value = got[name].reshape(expected.shape)
        if not torch.allclose(value, expected, rtol=tolerance["rtol"], atol=tolerance["atol"], equal_nan=True):
            return f"{name} is off by {(value - expected).abs().max():.2e}"
        compared += 1
    return f"ok, {compared} outputs"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embert", required=True, help="the program")
    parser.add_argument("--models", required=True, type=Path, help="a folder of model directories with cases")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    wrong = 0
    print(f"transformers {transformers.__version__}, torch {torch.__version__}")
    for case in sorted(path.parent for path in arguments.models.glob("*/case.json")):
        for dtype, torch_name, shards in SAVED:
            with tempfile.TemporaryDirectory() as out:
                verdict = check(arguments.embert, case, dtype, torch_name, shards, Path(out) / "model")
            wrong += not verdict.startswith("ok")
            print(f"{case.name:<44}{dtype:<5}{'shards' if shards else 'one file':<9}{verdict}", flush=True)
    print(f"{wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
