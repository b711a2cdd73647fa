#!/usr/bin/env python3
"""What the question-answering pipeline of transformers 4 says (transformers 5 has none any more).

    make_answers.py --models crates/embert/tests/reference/models --out crates/embert/tests/reference/pipelines

Writes answer.json: a list of cases, each with the model's folder, that of its tokenizer, how the pipeline was asked, and for
each question what it said.
"""

import tempfile
from pathlib import Path

from make_pipelines import FAMILIES, LONG, directory, write
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, pipeline

QUESTIONS = [
    ["who sat", "the cat sat on the mat ."],
    ["where", "Anna went to Paris, and Ben did n't. Then Anna came home -- late, as ever."],
    ["what?", "naïve café — “quoted” … 100 % done, 日本語 and русский 😀"],
    ["who has it", LONG],
    ["key", "key"],
    ["a", "the the the the the the the"],
]


def answers(models):
    cases = []
    for family in FAMILIES:
        name, tokenizer = f"{family}_question_answering", f"{family}_masked_lm"
        with tempfile.TemporaryDirectory() as folder:
            folder = directory(models, name, tokenizer, {}, Path(folder))
            tokenizer_of = AutoTokenizer.from_pretrained(folder, model_max_length=32)
            if family == "distilbert":
                tokenizer_of.model_input_names = ["input_ids", "attention_mask"]
            pipe = pipeline(
                "question-answering",
                model=AutoModelForQuestionAnswering.from_pretrained(folder).eval(),
                tokenizer=tokenizer_of,
                device="cpu",
            )
            for may_be_none in [False, True]:
                said = []
                for question, context in QUESTIONS:
                    found = pipe(
                        question=question, context=context, top_k=3, handle_impossible_answer=may_be_none,
                    )
                    found = found if isinstance(found, list) else [found]
                    said.append([
                        {"text": it["answer"], "score": float(it["score"]), "start": int(it["start"]), "end": int(it["end"])}
                        # Where a text has fewer answers than are asked for, tokens that are none come last.
                        for it in found if it["score"] > 0
                    ])
                cases.append({
                    "model": name, "tokenizer": tokenizer, "config": {}, "may_be_none": may_be_none,
                    "questions": QUESTIONS, "expected": said,
                })
    return cases


if __name__ == "__main__":
    write(__doc__, {"answer": answers})
