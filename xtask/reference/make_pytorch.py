"""Writes pytorch_model.bin files as transformers 4 left them: the decoder's tensors beside the tied ones, and buffers.

Each holds the tensors of a reference case, so that it has to open as the case itself does.
"""

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", required=True, type=Path, help="the folder of the cases")
    parser.add_argument("--out", required=True, type=Path, help="the folder to write to")
    arguments = parser.parse_args()
    for name, dtype in [("bert_masked_lm", torch.float32), ("bert_masked_lm", torch.float16)]:
        case = arguments.models / name
        out = arguments.out / f"{name}_{str(dtype).removeprefix('torch.float')}"
        out.mkdir(parents=True, exist_ok=True)
        shutil.copy(case / "config.json", out)
        tensors = {key: value.to(dtype) for key, value in load_file(case / "model.safetensors").items()}
        tensors["cls.predictions.decoder.weight"] = tensors["bert.embeddings.word_embeddings.weight"]
        tensors["cls.predictions.decoder.bias"] = tensors["cls.predictions.bias"]
        tensors["bert.embeddings.position_ids"] = torch.arange(40)[None]
        torch.save(tensors, out / "pytorch_model.bin")
    # The format before PyTorch 1.6.
    old = arguments.out / "bert_masked_lm_legacy"
    old.mkdir(exist_ok=True)
    shutil.copy(arguments.models / "bert_masked_lm" / "config.json", old)
    tensors = load_file(arguments.models / "bert_masked_lm" / "model.safetensors")
    torch.save(tensors, old / "pytorch_model.bin", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
