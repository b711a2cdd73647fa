"""Trains each kind of tokenizer with embert, opens what it saved with Hugging Face's libraries, and compares the ids.

    cargo build -p embert-cli
    python3 -m venv target/interop-python
    target/interop-python/bin/pip install transformers tokenizers sentencepiece protobuf
    target/interop-python/bin/python xtask/interop/tokenizer_round_trip.py --embert target/debug/embert

Each saved directory is opened three ways: by `tokenizers` (tokenizer.json), by `AutoTokenizer`, and by the class that
tokenizer_config.json names. What `transformers` then saves is opened by embert again. Exit code 1 where ids differ.
"""

import argparse
import json
import pathlib
import pydoc_data.topics
import random
import subprocess
import sys
import tempfile
import unicodedata

import tokenizers
import transformers

KINDS = ["wordpiece", "wordpiece-likelihood", "bpe", "unigram"]

NASTY = [
    "",
    " ",
    "Hello, world!",
    "  two  spaces\tand\na line ",
    "don't I'll we've CAN'T",
    "naïve café ÀÉÎ e\u0301 o\u0323\u0302",
    "ﬁne ½ ² ① Ⅷ Ｆｕｌｌ ｗｉｄｔｈ",
    "日本語 한국어 각 中文，标点。",
    "[MASK] a <mask> b [SEP]</s><s> <pad> [CLS]",
    "1,234,567.89 9, 9,9 12:30",
    "``quoted'' ''x``",
    "👩‍👩‍👧 🏳️‍🌈 \u200b\u200d\ufeff\u00ad",
    "\u0000\u0007\u0085\u00a0\u2028\u3000\ufffd\ue000",
    "İstanbul straße ΑΣ Ǆ ŉ",
    "a" * 300,
    "Ġ ▁ ## ##x ▁the",
    "x=1;y=[2,3]/{4:5}|6&7^8~9<10>@#$%",
]


def texts(seed):
    """The nasty strings, and as many mixtures of their characters again."""
    rng = random.Random(seed)
    characters = sorted(set("".join(NASTY)))
    mixtures = ["".join(rng.choice(characters) for _ in range(rng.randint(1, 40))) for _ in range(200)]
    return NASTY + [unicodedata.normalize(rng.choice(["NFC", "NFD"]), mixture) for mixture in mixtures]


def embert_ids(embert, directory, strings):
    lines = "".join(json.dumps({"text": string}) + "\n" for string in strings)
    command = [embert, "tokenize", "--tokenizer", str(directory), "--input-format", "jsonl"]
    result = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line)["ids"] for line in result.stdout.split("\n") if line]


def differences(name, strings, expected, got):
    wrong = [index for index in range(len(strings)) if expected[index] != got[index]]
    print(f"  {name}: {len(strings) - len(wrong)} of {len(strings)} the same")
    for index in wrong[:3]:
        print(f"    {strings[index]!r}\n      embert {expected[index][:20]}\n      other  {got[index][:20]}")
    return len(wrong)


def round_trip(embert, kind, corpus, directory, strings):
    saved = directory / kind
    command = [embert, "train-tokenizer", "--kind", kind, "--vocab-size", "2000", "--input", str(corpus), "--quiet"]
    subprocess.run([*command, "--out", str(saved)], check=True)
    expected = embert_ids(embert, saved, strings)
    print(f"{kind}: {', '.join(sorted(file.name for file in saved.iterdir()))}")

    library = tokenizers.Tokenizer.from_file(str(saved / "tokenizer.json"))
    auto = transformers.AutoTokenizer.from_pretrained(saved)
    named = json.loads((saved / "tokenizer_config.json").read_text())["tokenizer_class"]
    by_class = getattr(transformers, named).from_pretrained(saved)
    others = {
        "tokenizers": [library.encode(string).ids for string in strings],
        "AutoTokenizer": [auto(string)["input_ids"] for string in strings],
        named: [by_class(string)["input_ids"] for string in strings],
    }
    back = directory / f"{kind}-back"
    auto.save_pretrained(back)
    others["embert, from what AutoTokenizer saved"] = embert_ids(embert, back, strings)
    return sum(differences(name, strings, expected, got) for name, got in others.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--embert", default="target/debug/embert", help="the embert program")
    parser.add_argument("--seed", type=int, default=1, help="the mixtures follow from it")
    arguments = parser.parse_args()
    strings = texts(arguments.seed)
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        corpus = directory / "corpus.txt"
        corpus.write_text("\n\n".join([*pydoc_data.topics.topics.values(), "\n".join(NASTY[1:])]), encoding="utf-8")
        for kind in KINDS:
            wrong += round_trip(arguments.embert, kind, corpus, directory, strings)
    print(f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}: {wrong} differ")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
