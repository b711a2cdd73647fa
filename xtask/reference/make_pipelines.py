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

from transformers import (
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    pipeline,
)

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

# Another tokenizer's mask is written in its place.
MASKED = [
    "the [MASK] sat on the mat .",
    "[MASK] cat sat on the mat",
    "the door is [MASK]",
    "the [MASK] has the [MASK] key .",
    "[MASK], [MASK] and\t[MASK]",
    "a[MASK][MASK]b",
    "Anna went (“[MASK]”), and Ben…",
    "語 [MASK] да, 😀[MASK]e\u0301",
    "un[MASK]able",
    "the [mask] and < mask > and [MASK].",
    "[SEP] [CLS] [MASK] <s> </s>",
    "[MASK]",
    f"the [MASK] is old . {LONG}",
    f"the [MASK] is old . {LONG} [MASK]",
]

# Where entailment is first, its opposite is the last; elsewhere the first, whatever that is called.
NLI = {
    "single": [["contradiction", "neutral", "entailment"], ["ENTAILMENT", "NEUTRAL", "CONTRADICTION"]],
    "multi": [["other", "not_entailment", "Entails", "none"]],
}
ASKED_OF_NLI = [
    {"labels": ["animals", "old keys", "Paris 😀"], "template": "This example is {}.", "multi_label": False},
    {"labels": ["animals", "old keys", "Paris 😀"], "template": "This example is {}.", "multi_label": True},
    {"labels": ["naïve café"], "template": "This example is {}.", "multi_label": False},
    {"labels": ["lamp", "the cat"], "template": "{} is what it says, no more", "multi_label": False},
]


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


def tokenizer_of(family, folder):
    """The tokenizer with segments where the model has them: that of transformers 5 leaves ALBERT's out."""
    tokenizer = AutoTokenizer.from_pretrained(folder, model_max_length=32)
    segments = ["token_type_ids"] if family in ["bert", "albert"] else []
    tokenizer.model_input_names = ["input_ids", *segments, "attention_mask"]
    return tokenizer


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


def masks(models):
    cases = []
    for family in FAMILIES:
        name = f"{family}_masked_lm"
        with tempfile.TemporaryDirectory() as folder:
            folder = directory(models, name, name, {}, Path(folder))
            pipe = pipeline(
                "fill-mask",
                model=AutoModelForMaskedLM.from_pretrained(folder).eval(),
                tokenizer=tokenizer_of(family, folder),
                device="cpu",
            )
            texts = [text.replace("[MASK]", pipe.tokenizer.mask_token) for text in MASKED]
            said = []
            for text in texts:
                found = pipe(text, top_k=5, tokenizer_kwargs={"truncation": True})
                # One mask has its tokens, several have a list each.
                found = [found] if isinstance(found[0], dict) else found
                said.append([
                    [
                        {
                            "token": pipe.tokenizer.convert_ids_to_tokens(it["token"]),
                            "id": it["token"],
                            "score": it["score"],
                        }
                        for it in mask
                    ]
                    for mask in found
                ])
        cases.append({
            "model": name, "tokenizer": name, "config": {}, "max_length": 32, "top_k": 5,
            "texts": texts, "expected": said,
        })
    return cases


def zero_shot(models):
    cases = []
    texts = [text for text in TEXTS if text] + [LONG]  # an empty one is an error
    for family in FAMILIES:
        for kind, names in [(kind, names) for kind in NLI for names in NLI[kind]]:
            name, tokenizer = f"{family}_sequence_classification_{kind}", f"{family}_masked_lm"
            config = labels(names)
            with tempfile.TemporaryDirectory() as folder:
                folder = directory(models, name, tokenizer, config, Path(folder))
                pipe = pipeline(
                    "zero-shot-classification",
                    model=AutoModelForSequenceClassification.from_pretrained(folder).eval(),
                    tokenizer=tokenizer_of(family, folder),
                    device="cpu",
                )
                for asked in ASKED_OF_NLI if names == NLI["single"][0] else ASKED_OF_NLI[:2]:
                    found = [
                        pipe(
                            text,
                            candidate_labels=asked["labels"],
                            hypothesis_template=asked["template"],
                            multi_label=asked["multi_label"],
                        )
                        for text in texts
                    ]
                    said = [
                        [{"label": label, "score": score} for label, score in zip(it["labels"], it["scores"])]
                        for it in found
                    ]
                    cases.append({
                        "model": name, "tokenizer": tokenizer, "config": config, "max_length": 32, **asked,
                        "texts": texts, "expected": said,
                    })
    return cases


def write(description, makers):
    """Writes what each maker makes of the models into a file of its name, as the arguments say."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, make in makers.items():
        text = json.dumps(make(arguments.models), ensure_ascii=False)
        (arguments.out / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    write(__doc__, {"classify": classification, "tag": tagging, "fill_mask": masks, "zero_shot": zero_shot})
