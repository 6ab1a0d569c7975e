"""PyTorch's norms on one thread, timed from within: a child process of the bench.

Reads requests and writes replies, each a line of JSON; arrays come as base64 of float32. Ends with its input.
"""

import base64
import contextlib
import json
import sys
import time

import torch
from torch.nn import functional as F

torch.set_num_threads(1)

NORMS = {
    "layer_norm": lambda x, s, gamma, beta: F.layer_norm(x, gamma.shape, gamma, beta, s["epsilon"]),
    "rms_norm": lambda x, s, gamma: F.rms_norm(x, gamma.shape, gamma, s["epsilon"]),
    "group_norm": lambda x, s, gamma, beta: F.group_norm(x, s["groups"], gamma, beta, s["epsilon"]),
    "instance_norm": lambda x, s, gamma, beta: F.instance_norm(x, weight=gamma, bias=beta, eps=s["epsilon"]),
    "batch_norm": lambda x, s, gamma, beta: F.batch_norm(
        x, None, None, gamma, beta, training=True, eps=s["epsilon"]
    ),
}


def prepare(spec):
    """What one run of the bench's row does, as a function that returns y and the gradients."""

    def tensor(name, shape):
        return torch.frombuffer(bytearray(base64.b64decode(spec[name])), dtype=torch.float32).reshape(shape)

    norm = NORMS[spec["norm"]]
    # Channels last are what PyTorch calls the memory format of that name: a view, with the channels moved to axis 1.
    moved = spec["norm"] not in ("layer_norm", "rms_norm") and spec["axis"] in (-1, len(spec["shape"]) - 1)
    backward = spec["pass"] == "forward+backward"
    inputs = [tensor("x", spec["shape"])] + [tensor(name, [-1]) for name in ("gamma", "beta") if name in spec]
    dy = tensor("dy", spec["shape"]) if backward else None
    for each in inputs:
        each.requires_grad_(backward)

    def run():
        x, *parameters = inputs
        with contextlib.nullcontext() if backward else torch.no_grad():
            y = norm(x.movedim(-1, 1) if moved else x, spec, *parameters)
            y = y.movedim(1, -1) if moved else y
            return [y, *torch.autograd.grad(y, inputs, dy)] if backward else [y]

    return run


def timed(run, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    return 1000 * (time.perf_counter() - start)


def main():
    def reply(value):
        print(json.dumps(value), flush=True)

    reply({"version": torch.__version__, "norms": [name for name in NORMS if hasattr(F, name)]})
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request:
            run = None  # The last row's tensors go before the next one's come.
            run = prepare(request["prepare"])
            reply(None)
        elif "repeats" in request:
            reply(timed(run, request["repeats"]))
        else:
            reply([each.flatten().tolist() for each in run()])


main()
