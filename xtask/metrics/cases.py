"""Makes the cases of crates/embert-train/tests/all/metrics.rs: inputs, drawn or awkward, and what the libraries that papers
quote say of them.

    python xtask/metrics/cases.py --seed 1 --out crates/embert-train/tests/metrics/cases.json

`cargo xtask metrics --seed 2` makes others and compares them. The packages, in the versions of the committed cases:

    scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6, seqeval 1.2.2, transformers 4.57.6 (without torch), Python 3.11

- classes, labels, squared errors: scikit-learn; correlations: SciPy; entities: seqeval in its default mode
- SQuAD 2.0, and the normalisation of answers: transformers.data.metrics.squad_metrics, which is the official
  evaluate-v2.0.py, and which transformers 5 does not have
- SQuAD 1.1: the same functions with the one rule of the official evaluate-v1.1.py that is another (see `squad_v1`)

Where a library raises an error, of empty inputs above all, there is no case: what happens there is ours to say.
"""

import argparse
import json
import math
import random
import unicodedata
import warnings
from types import SimpleNamespace

import numpy as np
from scipy.stats import pearsonr, spearmanr
from seqeval.metrics import accuracy_score as token_accuracy
from seqeval.metrics import f1_score as entity_f1
from seqeval.metrics import precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef, mean_squared_error
from transformers.data.metrics.squad_metrics import compute_exact, compute_f1, normalize_answer, squad_evaluate

# What is not defined is warned of; that it comes out as the library says is what the cases are for.
warnings.filterwarnings("ignore")


def number(value):
    """JSON has neither NaN nor infinity."""
    return float(value) if math.isfinite(value) else None


# Classes ------------------------------------------------------------------------------------------------------------


def classes_case(predicted, truth):
    is_binary = set(predicted) | set(truth) <= {0, 1}
    return {
        "predicted": predicted,
        "truth": truth,
        "accuracy": accuracy_score(truth, predicted),
        "f1": float(f1_score(truth, predicted, zero_division=0)) if is_binary else None,
        "macro_f1": float(f1_score(truth, predicted, average="macro", zero_division=0)),
        "matthews_correlation": float(matthews_corrcoef(truth, predicted)),
    }


def classes_cases(draw):
    pairs = [
        ([1], [1]),
        ([0], [0]),
        ([0], [1]),
        ([0, 0, 0], [0, 0, 0]),
        ([1, 1, 1], [1, 1, 1]),
        ([1, 1, 1], [0, 0, 0]),
        ([0, 0, 0, 0], [0, 1, 0, 1]),
        ([0, 1, 0, 1], [1, 1, 1, 1]),
        ([0, 1, 0, 1], [1, 0, 1, 0]),
        ([7, 7, 7], [7, 7, 7]),
        ([0, 2, 4], [4, 0, 2]),
        ([4000000000, 3, 3], [3, 3, 4000000000]),
    ]
    for count in [2, 2, 2, 3, 3, 4, 5, 9, 20]:
        for size in [2, 5, 17, 60]:
            truth = [draw.randrange(count) for _ in range(size)]
            right = draw.random()
            pairs.append(([label if draw.random() < right else draw.randrange(count) for label in truth], truth))
    return [classes_case(predicted, truth) for predicted, truth in pairs]


# Labels -------------------------------------------------------------------------------------------------------------


def labels_case(predicted, truth):
    as_text = lambda rows: ["".join(map(str, row)) for row in rows]  # noqa: E731
    predicted, truth = np.array(predicted), np.array(truth)
    return {
        "predicted": as_text(predicted),
        "truth": as_text(truth),
        "micro_f1": float(f1_score(truth, predicted, average="micro", zero_division=0)),
        "macro_f1": float(f1_score(truth, predicted, average="macro", zero_division=0)),
        "exact_match": accuracy_score(truth, predicted),
    }


def labels_cases(draw):
    # Of one column scikit-learn makes classes, so that two is the least.
    pairs = [
        ([[0, 0]], [[0, 0]]),
        ([[1, 1]], [[1, 1]]),
        ([[1, 0]], [[0, 1]]),
        ([[0, 0, 0], [0, 0, 0]], [[1, 0, 1], [0, 0, 0]]),
        ([[1, 0, 0], [1, 0, 0]], [[1, 0, 0], [1, 0, 0]]),
    ]
    for columns in [2, 3, 6, 11]:
        for size in [1, 4, 30]:
            density, right = draw.random(), draw.random()
            truth = [[int(draw.random() < density) for _ in range(columns)] for _ in range(size)]
            guess = lambda label: label if draw.random() < right else int(draw.random() < density)  # noqa: E731
            pairs.append(([[guess(label) for label in row] for row in truth], truth))
    return [labels_case(predicted, truth) for predicted, truth in pairs]


# Numbers ------------------------------------------------------------------------------------------------------------


def numbers_case(predicted, truth, dtype):
    predicted, truth = np.array(predicted, dtype), np.array(truth, dtype)
    return {
        "f32": dtype is np.float32,
        "predicted": predicted.tolist(),
        "truth": truth.tolist(),
        "pearson": number(pearsonr(predicted, truth).statistic) if len(truth) > 1 else None,
        "spearman": number(spearmanr(predicted, truth).statistic),
        "mean_squared_error": number(mean_squared_error(truth, predicted)) if len(truth) else None,
    }


def numbers_cases(draw):
    pairs = [
        ([], []),
        ([1.5], [2.5]),
        ([1, 2], [3, 5]),
        ([1, 2], [5, 3]),
        ([1, 2], [5, 5]),
        ([2, 2, 2], [1, 2, 3]),
        ([1, 2, 3], [0.1, 0.1, 0.1]),
        ([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]),
        ([1, 2, 3], [3, 2, 1]),
        ([1, 2, 3, 4], [1, 4, 9, 16]),
        ([0.0, -0.0, 1.0, 0.0], [1, 2, 3, 4]),
        ([1, 1, 2, 2, 2, 3], [3, 1, 1, 2, 2, 2]),
    ]
    for size in [3, 8, 25, 60]:
        for noise in [0.01, 0.5, 5]:
            truth = [draw.uniform(0, 5) for _ in range(size)]
            pairs.append(([value + draw.gauss(0, noise) for value in truth], truth))
        # Halves between 0 and 5, as annotators of STS-B give them.
        truth = [draw.randrange(11) / 2 for _ in range(size)]
        pairs.append(([draw.randrange(11) / 2 for _ in range(size)], truth))
    cases = [numbers_case(predicted, truth, dtype) for predicted, truth in pairs for dtype in [np.float64, np.float32]]
    # Only of f64: what f32 makes of these is rounding.
    extremes = [
        ([-5e210, 5e210, 3e200, -3e200], [1, 2, 3, 4]),
        ([1e-200, 2e-200, 4e-200], [1, 3, 2]),
        ([1e6 + 0.125, 1e6 + 0.25, 1e6 + 1], [1, 3, 2]),
    ]
    return cases + [numbers_case(predicted, truth, np.float64) for predicted, truth in extremes]


# Tags ---------------------------------------------------------------------------------------------------------------


def tags_case(predicted, truth):
    figures = precision_recall_fscore_support(truth, predicted, average=None, zero_division=0)
    names = sorted({kind for kind, _, _ in [*get_entities(predicted), *get_entities(truth)]})
    return {
        "predicted": [" ".join(row) for row in predicted],
        "truth": [" ".join(row) for row in truth],
        "precision": float(precision_score(truth, predicted, zero_division=0)),
        "recall": float(recall_score(truth, predicted, zero_division=0)),
        "f1": float(entity_f1(truth, predicted, zero_division=0)),
        "accuracy": float(token_accuracy(truth, predicted)),
        "types": {name: [float(part[index]) for part in figures] for index, name in enumerate(names)},
    }


def tags_cases(draw):
    pairs = [
        (["O"], ["O"]),
        (["O O O"], ["B-PER I-PER O"]),
        (["B-PER I-PER O"], ["O O O"]),
        (["B-PER I-PER O", "B-LOC"], ["B-PER I-PER O", "B-LOC"]),
        # I- without B-, at the start and after another type.
        (["I-PER I-PER O I-LOC"], ["B-PER I-PER O B-LOC"]),
        (["B-PER I-LOC I-LOC"], ["B-PER B-LOC I-LOC"]),
        (["B-PER B-PER"], ["B-PER I-PER"]),
        # A sentence ends an entity.
        (["B-PER I-PER", "I-PER O"], ["B-PER I-PER", "B-PER O"]),
        (["B-LOC B-LOC B-LOC"], ["B-LOC I-LOC B-LOC"]),
        # E- and S-.
        (["B-PER I-PER E-PER S-LOC"], ["B-PER I-PER I-PER B-LOC"]),
        (["E-PER E-PER I-PER"], ["S-PER S-PER S-PER"]),
        (["S-PER I-PER E-PER O E-LOC"], ["B-PER I-PER E-PER O S-LOC"]),
        # Letters without a type, types without a letter, types with a hyphen, other letters.
        (["B I O", "I I"], ["B I O", "B I"]),
        (["B- I- O"], ["B I O"]),
        (["BPER I-PER"], ["B-PER I-PER"]),
        (["PER PER LOC"], ["PER PER PER"]),
        (["B-work-of-art I-work-of-art O"], ["B-work-of-art I-art O"]),
        (["X-PER X-PER I-PER", "X X"], ["B-PER I-PER I-PER", "O X"]),
        (["X Y", "X Y"], ["X Y", "X X"]),
        (["O-PER X-PER I-PER", "I-PER O"], ["O X-PER I-PER", "I-PER O"]),
        (["B-PER . .-PER I-PER"], ["B-PER I-PER .-LOC O"]),
        (["M-PER L-PER U-PER"], ["B-PER I-PER U-PER"]),
        (["b-PER i-PER o"], ["B-PER I-PER O"]),
        (["é-PER B-Ort I-Ort"], ["B-PER B-Ort I-Ört"]),
    ]
    cases = [tags_case([row.split() for row in a], [row.split() for row in b]) for a, b in pairs]
    bio = ["O"] + [f"{letter}-{kind}" for letter in "BI" for kind in ["PER", "LOC", "ORG"]]
    odd = bio + "E-PER S-PER E-LOC S-LOC X-PER X B I O-PER .-PER . PER B- M-LOC".split()
    for vocabulary in [bio, bio, bio, odd, odd, odd]:
        for sentences in [1, 4, 12]:
            truth = [[draw.choice(vocabulary) for _ in range(draw.randint(1, 14))] for _ in range(sentences)]
            right = draw.random()
            guess = lambda tag: tag if draw.random() < right else draw.choice(vocabulary)  # noqa: E731
            cases.append(tags_case([[guess(tag) for tag in row] for row in truth], truth))
    return cases


# Answers ------------------------------------------------------------------------------------------------------------

WORDS = [
    "the", "The", "a", "An", "an", "A", "cat", "sat", "Broncos", "Denver", "24–10", "U.S.", "don't", "the-",
    "(a)", "«the»", "theatre", "another", "Straße", "STRASSE", "ΟΔΟΣ", "İstanbul", "naïve", "na\u0308ive", "東京",
    "東京the", "the東京", "1", "1a", "a1", "a_b", "_a_", "...", "!", "\u00a0", "\u2003an\u2003", "\t", "\x1f",
    "\u200b", "😀", "a😀", "an\u0301", "ⓐthe", "theⓑ", "का", "the\u0901", "the\u093e", "½the", "the²",
    "\u2019the", "\u0130", "\ufeffa", "－",
]
TEXTS = [
    "", " ", "a", "the", "The", "a an the", "A. An! The?", "a a a", "the the cat", "an-a", "a-an", "a/b", "a.b",
    "…", "?!", "the cat's a hat", "THE CAT", "\u0085a\u0085", "x\x1cy", "x\x1dthe\x1ey", "a\u200bb",
    "the\u200bcat", "\u3000the", "x\u180ethe", "x\u2028a\u2029y", "Σ", "ΑΣ", "ΑΣ the", "ΑΣ.", "Α.Σ", "ǅ", "ﬁ",
    "ẞ", "a\u0345", "K", "`a`", "a~the", "$5", "5%",
]


def drawn_text(draw):
    return draw.choice([" ", " ", " ", "", "  "]).join(draw.choice(WORDS) for _ in range(draw.randint(0, 7)))


def characters(draw):
    """An article beside letters of all kinds: what is a letter of a word is the question."""
    kinds = {}
    for code in range(0x110000):
        kinds.setdefault(unicodedata.category(chr(code)), []).append(chr(code))
    drawn = []
    for kind, letters in sorted(kinds.items()):
        if kind not in {"Cn", "Co", "Cs"}:
            drawn += draw.sample(letters, min(len(letters), 40 if kind in {"Mn", "Mc", "So"} else 12))
    return drawn


def squad_v1(predictions, truths):
    """The official evaluate-v1.1.py. Its F1 counts common words, and is 0 where there are none; 2.0's is 1 between two
    answers without words."""
    exact = f1 = 0
    for prediction, answers in zip(predictions, truths, strict=True):
        exact += max(compute_exact(answer, prediction) for answer in answers)
        f1 += max(compute_f1(answer, prediction) if normalize_answer(answer) else 0 for answer in answers)
    return {"exact_match": 100.0 * exact / len(truths), "f1": 100.0 * f1 / len(truths)}


def squad_v2(predictions, truths):
    examples = [
        SimpleNamespace(qas_id=str(index), answers=[{"text": text} for text in answers])
        for index, answers in enumerate(truths)
    ]
    figures = squad_evaluate(examples, {str(index): text for index, text in enumerate(predictions)})
    # The best threshold for no answer is of probabilities, which there are none of.
    return {name: float(figure) for name, figure in figures.items() if not name.startswith("best_")}


def answers_case(predictions, truths):
    return {
        "predicted": predictions,
        "truths": truths,
        "squad": squad_v1(predictions, truths) if all(truths) else None,
        "squad_v2": squad_v2(predictions, truths),
    }


def answers_cases(draw):
    questions = [
        ("Denver Broncos", ["Denver Broncos", "The Denver Broncos"]),
        ("the Broncos of Denver", ["Denver Broncos", "Broncos"]),
        ("cat cat", ["cat", "cat cat cat"]),
        ("", []),
        ("a guess", []),
        ("the", []),
        ("", [""]),
        ("", ["the", "a cat"]),
        ("", ["the", "!"]),
        ("an", ["the", "!"]),
        ("cat", ["the", "!"]),
        ("...", ["..."]),
        ("", ["Denver"]),
        ("U.S.", ["us", "U. S."]),
        ("exact", ["Exact!", "exact match of more words"]),
    ]
    cases = [answers_case([prediction], [truths]) for prediction, truths in questions]
    cases.append(answers_case([prediction for prediction, _ in questions], [truths for _, truths in questions]))
    for size in [1, 3, 8, 20]:
        for answerless in [0, 0.4, 1]:
            truths = [
                [] if draw.random() < answerless else [drawn_text(draw) for _ in range(draw.randint(1, 3))]
                for _ in range(size)
            ]
            predictions = [draw.choice([drawn_text(draw), "", *answers, *map(str.title, answers)]) for answers in truths]
            cases.append(answers_case(predictions, truths))
    return cases


def normalized(draw):
    texts = [*TEXTS, *(drawn_text(draw) for _ in range(80))]
    texts += [" ".join(f"{letter}a the{letter}" for letter in part) for part in chunks(characters(draw), 20)]
    return [[text, normalize_answer(text)] for text in texts]


def chunks(values, size):
    return [values[start : start + size] for start in range(0, len(values), size)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    cases = {
        "classes": classes_cases(draw),
        "labels": labels_cases(draw),
        "numbers": numbers_cases(draw),
        "tags": tags_cases(draw),
        "normalized": normalized(draw),
        "answers": answers_cases(draw),
    }
    # A case a line, so that a difference can be read.
    kinds = [
        json.dumps(kind) + ":[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in those) + "\n]"
        for kind, those in cases.items()
    ]
    with open(arguments.out, "w", encoding="utf-8") as file:
        file.write("{" + ",\n".join(kinds) + "}\n")


if __name__ == "__main__":
    main()
