"""The works of `cargo xtask bench inference` and `train`, as benches/worker/works.rs and shown.rs have them, for models
that read rectangles."""

import time

import numpy

import protocol


# The batches that a training goes through, at most.
STEPS = 4
MASK = 103  # [MASK]
IGNORED = -100  # no word is asked for


def ragged():
    fractions = [(5 + (row * 37 + 11) % 124) / 128 for row in range(32)]
    lengths = [min(5 + int(123 * fraction * fraction), 128) for fraction in fractions]
    return [128, *lengths[1:]]


def batches(work):
    """The lengths of the sequences of each batch."""
    if work == "ragged, padded":
        return [ragged()]
    if work == "ragged, sorted":
        lengths = sorted(ragged())
        return [lengths[start : start + 4] for start in range(0, len(lengths), 4)]
    if work.endswith(" ragged"):
        rows = int(work.removesuffix(" ragged"))
        starts = range(0, min(len(ragged()), STEPS * rows), rows)
        return [ragged()[start : start + rows] for start in starts]
    rows, length = map(int, work.split("x"))
    return [[length] * rows]


def rectangle(lengths):
    """Ids, mask and types, each [rows, longest]."""
    lengths = numpy.array(lengths)
    mask = (numpy.arange(lengths.max()) < lengths[:, None]).astype(numpy.int64)
    ids = numpy.zeros_like(mask)
    ids[mask == 1] = 1000 + numpy.arange(lengths.sum()) * 7 % 20_000
    return ids, mask, numpy.zeros_like(ids)


def masked(lengths, asks_all):
    """Ids of which three of twenty are masked, mask, and labels: the words that are asked for."""
    ids, mask, _ = rectangle(lengths)
    is_masked = numpy.zeros_like(mask, dtype=bool)
    is_masked[mask == 1] = numpy.arange(mask.sum()) * 7 % 20 < 3
    asked = mask == 1 if asks_all else is_masked
    return numpy.where(is_masked, MASK, ids), mask, numpy.where(asked, ids, IGNORED)


def serve(system, dtype, before, prepare, forward, to_numpy):
    """A worker: `prepare` makes the model's inputs of ids, mask and types, and is not timed, `forward` computes the last
    hidden states, and `to_numpy` makes them f32 [rows, longest, hidden_size]."""

    def work(name, output):
        rectangles = [rectangle(lengths) for lengths in batches(name)]
        inputs = [prepare(*arrays) for arrays in rectangles]
        start = time.perf_counter()
        hidden = [forward(batch) for batch in inputs]
        milliseconds = (time.perf_counter() - start) * 1e3
        if output:
            real = [to_numpy(states)[mask == 1] for states, (_, mask, _) in zip(hidden, rectangles)]
            numpy.concatenate(real).astype("<f4").tofile(output)
        return {"ms": milliseconds, "tokens": int(sum(mask.sum() for _, mask, _ in rectangles))}

    protocol.serve(system, dtype, before, work)
