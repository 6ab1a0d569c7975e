"""Writes torch-cells.json: the cells with layer normalization, built by hand from PyTorch's layer norm, in float64.

Inputs are multiples of 1/64, so that float32 holds them exactly. Run: python3 torch-cells.py
"""

import json
import torch
from torch.nn.functional import layer_norm

torch.manual_seed(12)
batch, time, features, units = 3, 4, 3, 5
lengths = [4, 2, 3]


def draw(*shape, about=0.0):
    return (torch.round(torch.randn(*shape, dtype=torch.float64) * 32) / 64 + about).requires_grad_()


def norm(x, gamma, beta, epsilon):
    return layer_norm(x, x.shape[-1:], gamma, beta, epsilon)


def per_gate(x, gamma, beta, epsilon):
    parts = [norm(*part, epsilon) for part in zip(x.chunk(3, 1), gamma.chunk(3), beta.chunk(3))]
    return torch.cat(parts, 1)


def lstm(x, states, w):
    h, c = states
    z = norm(x @ w["kernel"], w["kernel_norm/gamma"], w["kernel_norm/beta"], 1e-3)
    z = z + norm(h @ w["recurrent_kernel"], w["recurrent_norm/gamma"], w["recurrent_norm/beta"], 1e-3)
    i, f, g, o = (z + w["bias"]).chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    c = norm(c, w["state_norm/gamma"], w["state_norm/beta"], 1e-3)
    return torch.sigmoid(o) * torch.tanh(c), c


def simple(x, states, w):
    z = x @ w["kernel"] + states[0] @ w["recurrent_kernel"]
    return (torch.tanh(norm(z, w["gamma"], None, 1e-5) + w["bias"]),)


def gru(x, states, w):
    (h,) = states
    a = per_gate(x @ w["kernel"], w["kernel_norm/gamma"], w["kernel_norm/beta"], 1e-3) + w["bias"][0]
    s = per_gate(h @ w["recurrent_kernel"], w["recurrent_norm/gamma"], w["recurrent_norm/beta"], 1e-3) + w["bias"][1]
    (az, ar, ag), (sz, sr, sg) = a.chunk(3, 1), s.chunk(3, 1)
    z = torch.sigmoid(az + sz)
    return (z * h + (1 - z) * torch.tanh(ag + torch.sigmoid(ar + sr) * sg),)


def affine(name, extent):
    return {f"{name}/gamma": draw(extent, about=1), f"{name}/beta": draw(extent)}


def kernels(gates):
    return {"kernel": draw(features, gates * units), "recurrent_kernel": draw(units, gates * units)}


cells = {
    "LayerNormLSTMCell": (lstm, 2, lambda: {**kernels(4), "bias": draw(4 * units), **affine("kernel_norm", 4 * units), **affine("recurrent_norm", 4 * units), **affine("state_norm", units)}),
    "LayerNormSimpleRNNCell": (simple, 1, lambda: {**kernels(1), "bias": draw(units), "gamma": draw(units, about=1)}),
    "LayerNormGRUCell": (gru, 1, lambda: {**kernels(3), "bias": draw(2, 3 * units), **affine("kernel_norm", 3 * units), **affine("recurrent_norm", 3 * units)}),
}


def values(tensor):
    return {"shape": list(tensor.shape), "data": [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]}


def case(name):
    step, count, weights = cells[name]
    w, x, dy = weights(), draw(batch, time, features), draw(batch, time, units)
    states, outputs = [torch.zeros(batch, units, dtype=torch.float64)] * count, []
    for t in range(time):
        seen = torch.tensor([[float(t < length)] for length in lengths], dtype=torch.float64)
        states = [seen * new + (1 - seen) * old for new, old in zip(step(x[:, t], states, w), states)]
        outputs.append(states[0])
    y = torch.stack(outputs, 1)
    (y * dy).sum().backward()
    gradients = {"x": values(x.grad), **{key: values(weight.grad) for key, weight in w.items()}}
    return {"cell": name, "lengths": lengths, "x": values(x), "dy": values(dy), "weights": {key: values(weight) for key, weight in w.items()}, "y": values(y), "gradients": gradients}


with open("torch-cells.json", "w") as file:
    json.dump({"generator": f"PyTorch {torch.__version__}, float64", "cases": [case(name) for name in cells]}, file)
    file.write("\n")
