"""Opens in Hugging Face transformers what a run of `embert pretrain` has left.

The model, with the class that its `architectures` name: no key may be missing or unexpected. The tokenizer, with
AutoTokenizer. And fill-mask, with both, on one sentence. Exits 1 where something is wrong.
"""

import argparse
import json
from pathlib import Path

import transformers

SENTENCE = "The compiler checks that every {} lives long enough."
KINDS = ("missing_keys", "unexpected_keys", "mismatched_keys")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, type=Path, help="the directory of the model")
    directory = parser.parse_args().model
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

    [architecture] = json.loads((directory / "config.json").read_text())["architectures"]
    model, info = getattr(transformers, architecture).from_pretrained(directory, output_loading_info=True)
    wrong = [f"{kind} {sorted(info[kind])}" for kind in KINDS if info[kind]]
    if wrong:
        raise SystemExit(f"{directory}: {'; '.join(wrong)}")
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    if len(tokenizer) != model.config.vocab_size:
        raise SystemExit(f"{directory}: {len(tokenizer)} pieces, and a vocab_size of {model.config.vocab_size}")

    fill_mask = transformers.pipeline("fill-mask", model=str(directory), tokenizer=tokenizer)
    guesses = [guess["token_str"].strip() for guess in fill_mask(SENTENCE.format(tokenizer.mask_token), top_k=3)]
    print(f"  opens as {architecture} and {type(tokenizer).__name__}; {SENTENCE.format('[?]')} {', '.join(guesses)}")


if __name__ == "__main__":
    main()
