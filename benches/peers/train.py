"""transformers' models in training, in PyTorch, as a worker of `cargo xtask bench train`."""

import argparse
import ctypes
import time

import torch
import transformers
from torch.nn import functional

import protocol
import works

# As transformers' trainer has it, and benches/worker/train.rs.
LEARNING_RATE = 1e-5
DECAY = 0.01
LARGEST_NORM = 1.0
# Of DistilBERT.
TEMPERATURE = 2.0
SOFT_TARGETS, MASKED_WORDS, DIRECTIONS = 5.0, 2.0, 1.0


def keep_freed_memory():
    """What embert's programs tell the allocator (crates/embert-kernels/src/allocator.rs). Without it, a good part of a
    step is page faults."""
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3
    for parameter, value in [(mmap_threshold, 1 << 30), (trim_threshold, 1 << 30), (top_pad, 64 << 20)]:
        ctypes.CDLL(None).mallopt(parameter, value)


def open_model(path):
    return transformers.AutoModelForMaskedLM.from_pretrained(path, attn_implementation="sdpa")


def prepare(lengths, asks_all):
    ids, mask, labels = works.masked(lengths, asks_all)
    inputs = {"input_ids": torch.from_numpy(ids)}
    if not mask.all():
        # Attention is faster where it is not told to look at everything.
        inputs["attention_mask"] = torch.from_numpy(mask)
    return inputs, torch.from_numpy(labels), int(mask.sum())


def masked_lm(model, inputs, labels):
    return model(**inputs, labels=labels).loss


def distillation(student, teacher, inputs, labels):
    """The triple loss of `distiller.py` of transformers. Rows are selected only where some are padding."""
    with torch.no_grad():
        theirs = teacher(**inputs, output_hidden_states=True)
    own = student(**inputs, output_hidden_states=True)
    is_real = inputs["attention_mask"].bool() if "attention_mask" in inputs else None
    rows = lambda states: states.flatten(0, 1) if is_real is None else states[is_real]
    student_logits, teacher_logits = rows(own.logits) / TEMPERATURE, rows(theirs.logits) / TEMPERATURE
    soft = functional.kl_div(
        functional.log_softmax(student_logits, -1), functional.softmax(teacher_logits, -1), reduction="batchmean"
    )
    words = functional.cross_entropy(own.logits.flatten(0, 1), labels.flatten(), ignore_index=works.IGNORED)
    last, target = rows(own.hidden_states[-1]), rows(theirs.hidden_states[-1])
    directions = functional.cosine_embedding_loss(last, target, torch.ones(len(last)))
    return SOFT_TARGETS * TEMPERATURE**2 * soft + MASKED_WORDS * words + DIRECTIONS * directions


def make_optimizer(model):
    is_undecayed = lambda name: name.endswith("bias") or "LayerNorm" in name or "layer_norm" in name
    parameters = list(model.named_parameters())
    groups = [
        {"params": [tensor for name, tensor in parameters if not is_undecayed(name)], "weight_decay": DECAY},
        {"params": [tensor for name, tensor in parameters if is_undecayed(name)], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=LEARNING_RATE, eps=1e-6, fused=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="the directory of a model that fills in masked words")
    parser.add_argument("--teacher", help="that of its teacher")
    parser.add_argument("--threads", required=True, type=int)
    arguments = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    before = protocol.memory("VmRSS")
    model = open_model(arguments.model).train()
    teacher = open_model(arguments.teacher).eval() if arguments.teacher else None
    optimizer = make_optimizer(model)
    parameters = list(model.parameters())

    def step(inputs, labels):
        loss = distillation(model, teacher, inputs, labels) if teacher else masked_lm(model, inputs, labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, LARGEST_NORM, foreach=True)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def work(name, _output):
        shape = name.rsplit(", ")[-1]
        asks_all = teacher is None and not shape.endswith("ragged")
        batches = [prepare(lengths, asks_all) for lengths in works.batches(shape)]
        start = time.perf_counter()
        for inputs, labels, _ in batches:
            loss = step(inputs, labels)
        milliseconds = (time.perf_counter() - start) * 1e3
        return {"ms": milliseconds, "tokens": sum(tokens for _, _, tokens in batches), "loss": loss}

    protocol.serve("PyTorch", "f32", before, work)


if __name__ == "__main__":
    main()
