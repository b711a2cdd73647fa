"""What `cargo xtask bench` and a worker say to each other: benches/worker/protocol.rs describes it."""

import json
import os
import sys

# What libraries print goes where errors go: standard output is for answers alone.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def memory(field):
    """In bytes: VmRSS is what the process has now, VmHWM the most that it has had."""
    with open("/proc/self/status") as status:
        [line] = [line for line in status if line.startswith(f"{field}:")]
    return int(line.split()[1]) << 10


def serve(system, dtype, before, work):
    """Says that the model is there, and answers until nobody asks any more.

    `before` is the memory that the process had before it opened the model; `work` does a work, given its name and the
    file for its output, or None, and gives back the answer.
    """
    say({"ready": True, "system": system, "dtype": dtype})
    for line in sys.stdin:
        request = json.loads(line)
        if "work" in request:
            say(work(request["work"], request.get("output")))
        else:
            say({"peak_bytes": memory("VmHWM"), "before_bytes": before})


def say(answer):
    print(json.dumps(answer), file=answers, flush=True)
