"""transformers' BERT in PyTorch, with its fused attention, as a worker of `cargo xtask bench inference`."""

import argparse

import torch
import transformers

import protocol
import works

DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16}


def prepare(ids, mask, types):
    inputs = {"input_ids": torch.from_numpy(ids), "token_type_ids": torch.from_numpy(types)}
    # Attention is faster where it is not told to look at everything.
    return inputs if mask.all() else inputs | {"attention_mask": torch.from_numpy(mask)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a directory of a BERT")
    parser.add_argument("--dtype", required=True, choices=DTYPES)
    parser.add_argument("--threads", required=True, type=int)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    before = protocol.memory("VmRSS")
    model = transformers.BertModel.from_pretrained(
        arguments.model, dtype=DTYPES[arguments.dtype], attn_implementation="sdpa", add_pooling_layer=False
    ).eval()
    with torch.inference_mode():
        works.serve(
            "PyTorch",
            arguments.dtype,
            before,
            prepare,
            lambda inputs: model(**inputs).last_hidden_state,
            lambda hidden: hidden.float().numpy(),
        )


if __name__ == "__main__":
    main()
