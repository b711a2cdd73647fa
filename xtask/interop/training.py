"""Trains a run of `embert pretrain` again, with Hugging Face's model in PyTorch, and compares the losses.

From the run's folder come the first weights (checkpoints/step-00000000), the settings (config.toml), what each step
was shown (batches.jsonl) and the losses (metrics.jsonl). The model and its loss are transformers'; the optimiser and
the schedule are written out here, as the papers have them. Exits 1 where a loss is off by more than --tolerance.
"""

import argparse
import json
import time
import tomllib
from pathlib import Path

import torch
import transformers

# What has to be 0: no two libraries draw the same masks.
DROPOUTS = [
    "attention_dropout",
    "attention_probs_dropout_prob",
    "classifier_dropout_prob",
    "dropout",
    "hidden_dropout_prob",
]
# The class, and the name that it has for the labels of sentence pairs.
MODELS = {
    "bert": ("BertForPreTraining", "next_sentence_label"),
    "roberta": ("RobertaForMaskedLM", None),
    "albert": ("AlbertForPreTraining", "sentence_order_label"),
    "distilbert": ("DistilBertForMaskedLM", None),
}
IGNORED = -100


def open_model(recipe, checkpoint):
    model, info = getattr(transformers, MODELS[recipe][0]).from_pretrained(
        checkpoint, output_loading_info=True, attn_implementation="eager", dtype=torch.float32
    )
    wrong = [f"{kind} {sorted(info[kind])}" for kind in ("missing_keys", "unexpected_keys") if info[kind]]
    wrong += [f"{key} {value}" for key, value in model.config.to_dict().items() if key in DROPOUTS and value]
    if wrong:
        raise SystemExit(f"{checkpoint}: {'; '.join(wrong)}")
    return model.train()


def padded(rows, padding):
    longest = max(map(len, rows))
    return torch.tensor([row + [padding] * (longest - len(row)) for row in rows])


def inputs(recipe, examples, pad_token_id):
    """What the model is called with, labels and all; a step's loss is then the mean over all that it was shown."""
    ids = [example["input_ids"] for example in examples]
    labels = [[IGNORED] * len(row) for row in ids]
    for row, example in zip(labels, examples):
        for position, label in zip(example["masked_positions"], example["masked_labels"], strict=True):
            row[position] = label
    batch = {
        "input_ids": padded(ids, pad_token_id),
        "attention_mask": padded([[1] * len(row) for row in ids], 0),
        "labels": padded(labels, IGNORED),
    }
    if recipe != "distilbert":
        batch["token_type_ids"] = padded([example["token_type_ids"] for example in examples], 0)
    pair_label = MODELS[recipe][1]
    if pair_label:
        batch[pair_label] = torch.tensor([example["sentence_pair_label"] for example in examples])
    return batch


def plain_parameters(model):
    """Biases and all of LayerNorm: they do not decay, and LAMB does not scale their updates."""
    plain = set()
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            if isinstance(module, torch.nn.LayerNorm) or name == "bias":
                plain.add(parameter)
    return plain


class Optimizer:
    """AdamW (Loshchilov & Hutter 2019) or LAMB (You et al. 2020), with or without Adam's correction of the bias."""

    def __init__(self, model, settings):
        self.settings = settings
        self.plain = plain_parameters(model)
        self.moments = {p: (torch.zeros_like(p), torch.zeros_like(p)) for p in model.parameters()}
        self.steps = 0

    @torch.no_grad()
    def step(self, rate):
        self.steps += 1
        beta_1, beta_2 = self.settings["beta_1"], self.settings["beta_2"]
        corrections = (1 - beta_1**self.steps, 1 - beta_2**self.steps) if self.settings["bias_correction"] else (1, 1)
        for parameter, (first, second) in self.moments.items():
            # What the loss does not reach has no gradient.
            gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            first.mul_(beta_1).add_(gradient, alpha=1 - beta_1)
            second.mul_(beta_2).addcmul_(gradient, gradient, value=1 - beta_2)
            update = first / corrections[0] / ((second / corrections[1]).sqrt() + self.settings["epsilon"])
            if parameter not in self.plain:
                update += self.settings["weight_decay"] * parameter
                if self.settings["name"] == "lamb":
                    size, change = parameter.norm().item(), update.norm().item()
                    update *= size / change if size > 0 and change > 0 else 1
            parameter -= rate * update


def learning_rate(step, peak, schedule):
    """That of a step counted from 0."""
    steps, warmup_steps = schedule["steps"], schedule["warmup_steps"]
    if step < warmup_steps:
        return peak * step / warmup_steps
    return peak * ((steps - step) / (steps - warmup_steps)) ** schedule["power"]


def train(recipe, model, config, batches):
    """Each step's loss, before its update."""
    settings = config["optimizer"]
    optimizer = Optimizer(model, settings)
    for step, batch in enumerate(batches):
        loss = model(**inputs(recipe, batch["examples"], model.config.pad_token_id)).loss
        model.zero_grad()
        loss.backward()
        if settings["max_grad_norm"] > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), settings["max_grad_norm"])
        optimizer.step(learning_rate(step, settings["learning_rate"], config["schedule"]))
        yield loss.item()


def read_lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True, type=Path, help="the run's folder")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="the largest difference of two losses")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

    config = tomllib.loads((arguments.run / "config.toml").read_text())
    batches = read_lines(arguments.run / "batches.jsonl")
    lines = [line for line in read_lines(arguments.run / "metrics.jsonl") if line["event"] == "step"][: len(batches)]
    steps = list(range(1, len(batches) + 1))
    if not steps or any([line["step"] for line in part] != steps for part in (batches, lines)):
        raise SystemExit(f"{arguments.run}: batches.jsonl and metrics.jsonl have not the same steps, from 1 on")
    # metrics.jsonl has null for what is no number.
    theirs = [float("nan") if line["loss"] is None else line["loss"] for line in lines]

    recipe = config["recipe"]
    start = time.monotonic()
    model = open_model(recipe, arguments.run / "checkpoints/step-00000000")
    ours = list(train(recipe, model, config, batches))
    # A loss that is no number is as far off as can be.
    differences = [float("inf") if a - b != a - b else abs(a - b) for a, b in zip(theirs, ours)]
    worst = max(differences)

    print(f"{recipe}: {config['optimizer']['name']}, {len(ours)} steps, {time.monotonic() - start:.0f} s in PyTorch")
    print("  step        embert  transformers")
    for step in sorted({1, min(100, len(ours)), len(ours)}):
        print(f"  {step:>4}  {theirs[step - 1]:>12.6f}  {ours[step - 1]:>12.6f}")
    print(f"  the largest difference is {worst:.1e}, at step {differences.index(worst) + 1}", flush=True)
    beyond = [step for step, difference in enumerate(differences, 1) if difference > arguments.tolerance]
    if beyond:
        beyond = f"{len(beyond)} losses are off by more than {arguments.tolerance}, from step {beyond[0]} on"
        raise SystemExit(f"{recipe}: {beyond}")


if __name__ == "__main__":
    main()
