#!/usr/bin/env python3
"""What transformers' pipelines say of nasty texts, with the models and tokenizers of the reference.

    make_pipelines.py --models crates/embert/tests/reference/models --out crates/embert/tests/reference/pipelines

Writes one JSON file a pipeline: a list of cases, each with the model's folder, that of its tokenizer, the keys of
config.json that are changed, how the pipeline was asked, and for each text what it said.
"""

import argparse
import json
import shutil
import tempfile
import warnings
from pathlib import Path

from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer, pipeline

FAMILIES = ["bert", "roberta", "albert", "distilbert"]
TOKENIZER_FILES = ["tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json", "spiece.model"]

TEXTS = [
    "the cat sat on the mat .",
    "Anna went to Paris, and Ben did n't.",
    "naïve café — “quoted” … 100 % [MASK] done",
    "unbelievably antidisestablishmentarianism",
    "  spaces\tand\ttabs   between  words  ",
    "日本語 and русский, ελληνικά 😀👍🏽 e\u0301",
    "a",
    "",
    "don't stop-me @now #tag http://example.org/x?y=z",
    "[SEP] [CLS] <s> </s> <unk>",
]
PAIRS = [["the cat sat .", "it was tired ."], ["Anna has a key", ""], ["", "the door is old"]]
LONG = " ".join(f"Anna{n} has the old key and the lamp ." for n in range(12))

BIO = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "I-MISC"]


def directory(models, name, tokenizer, config, to):
    """A folder with the model, the tokenizer and the changed config."""
    keys = json.loads((models / name / "config.json").read_text())
    keys.update(config)
    (to / "config.json").write_text(json.dumps(keys))
    shutil.copy(models / name / "model.safetensors", to)
    for file in TOKENIZER_FILES:
        if (models / tokenizer / file).exists():
            shutil.copy(models / tokenizer / file, to)
    return to


def labels(names):
    return {
        "id2label": {str(number): name for number, name in enumerate(names)},
        "label2id": {name: number for number, name in enumerate(names)},
    }


def classification(models):
    cases = []
    for family in FAMILIES:
        for kind in ["single", "multi", "regression"]:
            name, tokenizer = f"{family}_sequence_classification_{kind}", f"{family}_masked_lm"
            with tempfile.TemporaryDirectory() as folder:
                folder = directory(models, name, tokenizer, {}, Path(folder))
                pipe = pipeline(
                    "text-classification",
                    model=AutoModelForSequenceClassification.from_pretrained(folder).eval(),
                    tokenizer=AutoTokenizer.from_pretrained(folder, model_max_length=32),
                    device="cpu",
                )
                asked = [[text] for text in TEXTS + [LONG]] + PAIRS
                said = []
                for texts in asked:
                    given = {"text": texts[0]} if len(texts) == 1 else {"text": texts[0], "text_pair": texts[1]}
                    # ALBERT has segments; the tokenizer of transformers 5 leaves them out where nobody asks.
                    segments = {"return_token_type_ids": True} if family == "albert" else {}
                    said.append(pipe(given, top_k=None, truncation=True, max_length=32, **segments))
            cases.append({"model": name, "tokenizer": tokenizer, "config": {}, "texts": asked, "expected": said})
    return cases


def tagging(models):
    cases = []
    for family in FAMILIES:
        name, tokenizer = f"{family}_token_classification", f"{family}_masked_lm"
        count = len(json.loads((models / name / "config.json").read_text())["id2label"])
        config = labels(BIO[:count])
        with tempfile.TemporaryDirectory() as folder:
            folder = directory(models, name, tokenizer, config, Path(folder))
            model = AutoModelForTokenClassification.from_pretrained(folder).eval()
            for strategy in ["none", "simple", "first", "average", "max"]:
                pipe = pipeline(
                    "token-classification",
                    model=model,
                    tokenizer=AutoTokenizer.from_pretrained(folder, model_max_length=32),
                    aggregation_strategy=strategy,
                    device="cpu",
                )
                # How windows of a long text are joined is embert's own.
                texts = [text for text in TEXTS if len(pipe.tokenizer(text)["input_ids"]) <= 32]
                said = []
                for text in texts:
                    found = [
                        {
                            "label": it.get("entity_group", it.get("entity")),
                            "score": float(it["score"]),
                            "start": int(it["start"]),
                            "end": int(it["end"]),
                        }
                        for it in pipe(text)
                    ]
                    said.append(found)
                cases.append({
                    "model": name, "tokenizer": tokenizer, "config": config, "aggregation": strategy,
                    "texts": texts, "expected": said,
                })
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, make in {"classify": classification, "tag": tagging}.items():
        text = json.dumps(make(arguments.models), ensure_ascii=False, indent=None)
        (arguments.out / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
