"""ONNX Runtime as a worker of `cargo xtask bench inference`, with what export_onnx.py has made."""

import argparse

import protocol
import works
from onnx_session import open_session


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a file of export_onnx.py")
    parser.add_argument("--dtype", required=True, help="what the file holds")
    parser.add_argument("--threads", required=True, type=int)
    arguments = parser.parse_args()
    before = protocol.memory("VmRSS")
    session = open_session(arguments.model, arguments.threads)
    works.serve(
        "onnxruntime",
        arguments.dtype,
        before,
        lambda ids, mask, types: {"input_ids": ids, "attention_mask": mask, "token_type_ids": types},
        lambda inputs: session.run(["last_hidden_state"], inputs)[0],
        lambda hidden: hidden,
    )


if __name__ == "__main__":
    main()
