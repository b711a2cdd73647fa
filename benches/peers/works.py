"""The works of `cargo xtask bench inference`, as benches/worker/works.rs has them, for models that read rectangles."""

import time

import numpy

import protocol


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
    rows, length = map(int, work.split("x"))
    return [[length] * rows]


def rectangle(lengths):
    """Ids, mask and types, each [rows, longest]."""
    lengths = numpy.array(lengths)
    mask = (numpy.arange(lengths.max()) < lengths[:, None]).astype(numpy.int64)
    ids = numpy.zeros_like(mask)
    ids[mask == 1] = 1000 + numpy.arange(lengths.sum()) * 7 % 20_000
    return ids, mask, numpy.zeros_like(ids)


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
