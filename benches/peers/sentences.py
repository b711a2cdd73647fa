"""sentence-transformers as a worker of `cargo xtask bench embed`: a line of text in, a line of JSON out.

A work is the number of sentences of a batch. With ONNX Runtime it is sentence-transformers' own backend but for Optimum,
which opens the model there and does not know transformers 5: a session of what export_onnx.py has made stands in for it.
"""

import argparse
import json
import time

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import transformer
from transformers.modeling_outputs import BaseModelOutput

import protocol
from onnx_session import open_session


class Session(torch.nn.Module):
    def __init__(self, file, threads, config):
        super().__init__()
        self.config = config
        self.session = open_session(file, threads)

    def forward(self, input_ids, attention_mask, token_type_ids, return_dict=True):
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask, "token_type_ids": token_type_ids}
        [hidden] = self.session.run(["last_hidden_state"], {name: tensor.numpy() for name, tensor in inputs.items()})
        return BaseModelOutput(last_hidden_state=torch.from_numpy(hidden))


def embed(model, lines, output, batch_size):
    with open(lines, encoding="utf-8") as file:
        texts = [line.rstrip("\n") for line in file]
    vectors = model.encode(texts, batch_size=batch_size, show_progress_bar=False)
    with open(output, "w", encoding="utf-8") as file:
        for vector in vectors.tolist():
            file.write(json.dumps({"embedding": vector}) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a sentence-transformers directory")
    parser.add_argument("--input", required=True, help="text, a sentence a line")
    parser.add_argument("--onnx", help="a file of export_onnx.py; PyTorch computes without it")
    parser.add_argument("--threads", required=True, type=int)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if arguments.onnx:
        transformer.load_onnx_model = lambda config, **_: Session(arguments.onnx, arguments.threads, config)
    before = protocol.memory("VmRSS")
    backend = "onnx" if arguments.onnx else "torch"
    model = SentenceTransformer(arguments.model, backend=backend, device="cpu")

    def work(batch_size, output):
        start = time.perf_counter()
        embed(model, arguments.input, output, int(batch_size))
        return {"ms": (time.perf_counter() - start) * 1e3}

    protocol.serve(f"sentence-transformers, {backend}", "f32", before, work)


if __name__ == "__main__":
    main()
