#!/usr/bin/env python3
"""What sentence-transformers says: how a cross-encoder ranks documents, how near vectors are, which are nearest.

    make_sentences.py --models crates/embert/tests/reference/models --out crates/embert/tests/reference/pipelines

Writes rerank.json, a list of cases, each with the model's folder, that of its tokenizer, the keys of config.json that
are changed, and for each query with its documents how they were ranked; and similarity.json, which has its vectors
itself.
"""

import tempfile
from pathlib import Path

import torch
from make_pipelines import FAMILIES, LONG, directory, write
from sentence_transformers import CrossEncoder, SimilarityFunction
from sentence_transformers.util import semantic_search

QUERIES = [
    ["who sat on the mat", ["the cat sat on the mat .", "", "Anna has a key", "日本語 and русский 😀👍🏽 e\u0301", LONG]],
    ["naïve café — “quoted” … [MASK]", ["  spaces\tand\ttabs  ", "naïve café", "[SEP] [CLS] <s> </s> <unk>", "a"]],
    ["", ["the door is old", "unbelievably antidisestablishmentarianism", "don't stop-me @now #tag"]],
    [LONG, ["key", LONG.upper(), "the lamp"]],
    ["nothing to rank", []],
]
IDENTITY, SIGMOID = "torch.nn.modules.linear.Identity", "torch.nn.modules.activation.Sigmoid"
ACTIVATIONS = [
    {},
    {"sentence_transformers": {"activation_fn": IDENTITY, "version": "5.1.0"}},
    {"sbert_ce_default_activation_function": IDENTITY},
    # The newer key has the last word.
    {"sentence_transformers": {"activation_fn": SIGMOID}, "sbert_ce_default_activation_function": IDENTITY},
]

FUNCTIONS = ["cosine", "dot", "euclidean", "manhattan"]
VECTORS = [
    [0.0, 0.0, 0.0, 0.0],
    [1.0, 0.0, 0.0, 0.0],
    [1.0, 0.0, 0.0, 0.0],
    [-1.0, -2.0, 0.5, 3.0],
    [0.1, 0.2, 0.3, 0.4],
    [0.2, 0.4, 0.6, 0.8],
    [100.0, -200.0, 300.0, -400.0],
    [3e-13, 0.0, 4e-13, 0.0],  # shorter than what a norm is taken to be at least
]
# No two are equally near: which of them comes first is torch's secret.
SEARCHED_FOR = [[0.3, -0.1, 0.7, 0.2], [-1.0, 0.5, 0.25, 2.0], [0.0, -3.0, 1.0, 0.0]]
CORPUS = [
    [0.0, 0.0, 0.0, 0.0],
    [0.3, -0.1, 0.7, 0.2],
    [1.0, 2.0, 3.0, 4.0],
    [-0.5, 0.25, -1.5, 0.125],
    [10.0, -20.0, 3.0, 7.0],
    [-2.0, 0.75, 0.5, 3.0],
]


def rerank(models):
    cases = []
    for family in FAMILIES:
        name, tokenizer = f"{family}_sequence_classification_regression", f"{family}_masked_lm"
        for config in ACTIVATIONS:
            with tempfile.TemporaryDirectory() as folder:
                folder = directory(models, name, tokenizer, config, Path(folder))
                model = CrossEncoder(str(folder), max_length=32, device="cpu", local_files_only=True)
                # ALBERT has segments; the tokenizer of transformers 5 leaves them out where nobody asks.
                segments = ["token_type_ids"] if family in ["bert", "albert"] else []
                model.tokenizer.model_input_names = ["input_ids", *segments, "attention_mask"]
                said = [model.rank(query, documents) for query, documents in QUERIES]
            cases.append({
                "model": name, "tokenizer": tokenizer, "config": config, "max_length": 32,
                "queries": QUERIES, "expected": said,
            })
    return cases


def similarity(_models):
    functions = {name: SimilarityFunction.to_similarity_fn(name) for name in FUNCTIONS}
    matrices = [
        {"function": name, "vectors": VECTORS, "expected": score(VECTORS, VECTORS).tolist()}
        for name, score in functions.items()
    ]
    searches = [
        {
            "function": name, "queries": SEARCHED_FOR, "corpus": CORPUS, "top_k": top_k,
            "expected": semantic_search(
                torch.tensor(SEARCHED_FOR), torch.tensor(CORPUS), top_k=top_k, score_function=score
            ),
        }
        for name, score in functions.items()
        for top_k in [3, 10]
    ]
    return {"matrices": matrices, "searches": searches}


if __name__ == "__main__":
    write(__doc__, {"rerank": rerank, "similarity": similarity})
