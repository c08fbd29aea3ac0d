"""PyTorch's part in npm run bench: a JSON line in, a JSON line out. One thread, float32."""

import array
import json
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
RATE = 1e-3
CHECKED_STEPS = 3


def read(path, shape):
    with open(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(shape).clone()


def write(path, x):
    with open(path, "wb") as file:
        array.array("f", x.detach().flatten().tolist()).tofile(file)


def layer(x, weights, heads):
    """A pre-norm Transformer layer; weights in the order of this project's TransformerLayer."""
    (n1w, n1b, qw, qb, kw, kb, vw, vb, ow, ob, n2w, n2b, uw, ub, dw, db) = weights
    b, n, d = x.shape

    def split(y):
        return y.reshape(b, n, heads, d // heads).transpose(1, 2)

    normed = F.layer_norm(x, (d,), n1w, n1b)
    q, k, v = (split(F.linear(normed, w, bias)) for w, bias in ((qw, qb), (kw, kb), (vw, vb)))
    mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d)
    mid = x + F.linear(mixed, ow, ob)
    hidden = F.gelu(F.linear(F.layer_norm(mid, (d,), n2w, n2b), uw, ub), approximate="tanh")
    return mid + F.linear(hidden, dw, db)


def training(x, target, weights, heads):
    weights = [w.requires_grad_() for w in weights]
    optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.0)

    def step():
        optimizer.zero_grad()
        loss = (layer(x, weights, heads) - target).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    return step


def without_gradient(f):
    def run():
        with torch.inference_mode():
            return f()

    return run


def work_of(kind, arrays, heads):
    if kind == "matmul":
        return without_gradient(lambda: torch.matmul(arrays[0], arrays[1]))
    if kind == "softmax":
        return without_gradient(lambda: torch.softmax(arrays[0], -1))
    if kind == "layerNorm":
        return without_gradient(lambda: F.layer_norm(arrays[0], arrays[1].shape, arrays[1], arrays[2]))
    if kind == "gelu":
        return without_gradient(lambda: F.gelu(arrays[0]))
    if kind == "blockForward":
        return without_gradient(lambda: layer(arrays[0], arrays[1:], heads))
    return training(arrays[0], arrays[1], arrays[2:], heads)


prepared = {}
for line in sys.stdin:
    request = json.loads(line)
    if "work" in request:
        arrays = [read(path, shape) for path, shape in zip(request["paths"], request["shapes"])]
        prepared[request["name"]] = work_of(request["work"], arrays, request["heads"])
        results = [prepared[request["name"]]().detach() for _ in range(CHECKED_STEPS if request["work"] == "blockStep" else 1)]
        write(request["result"], torch.stack(results))
        answer = {}
    else:
        run = prepared[request["name"]]
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(request["runs"]):
            run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        answer = {"wall": 1000 * wall / request["runs"], "cpu": 1000 * cpu / request["runs"]}
    print(json.dumps(answer), flush=True)
