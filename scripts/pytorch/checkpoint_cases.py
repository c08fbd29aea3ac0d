"""Writes test/fixtures/checkpoints: files of torch.save in every form that the reader knows, and what torch reads.

    python scripts/pytorch/checkpoint_cases.py        (torch 2.13.0, numpy)

index.json tells of each file the tensors (dtype, shape, bytes in hexadecimal) and some other values, or the kind of the
refusal.
"""

import argparse, bz2, collections, datetime, gzip, io, json, lzma, pathlib, pickle, tarfile, types, zipfile
from unittest import mock
import numpy as np
import torch
from torch import nn

OUT = pathlib.Path(__file__).parents[2] / "test/fixtures/checkpoints"
INDEX = {}


def raw(tensor):
    """The values as they lie in memory, row by row, signs resolved."""
    plain = tensor.detach().resolve_conj().resolve_neg().contiguous().clone()
    return bytes(plain.untyped_storage()).hex()


def told(tensors, values=None):
    entries = {
        name: {"dtype": str(t.dtype)[6:], "shape": list(t.shape), "hex": raw(t)} for name, t in tensors.items()
    }
    return {"tensors": entries, "values": values or {}}


def save(name, content, tensors, values=None, **options):
    torch.save(content, OUT / name, **options)
    INDEX[name] = told(tensors, values)


def refused(name, kind, content):
    (OUT / name).write_bytes(content)
    INDEX[name] = {"kind": kind}


def deflate(source, name, only=None, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(OUT / source) as given, zipfile.ZipFile(OUT / name, "w") as packed:
        for entry in given.namelist():
            chosen = method if only is None or only in entry else zipfile.ZIP_STORED
            packed.writestr(entry, given.read(entry), chosen)


def main():
    OUT.mkdir(exist_ok=True)
    torch.manual_seed(1)
    np.random.seed(1)
    old = {"_use_new_zipfile_serialization": False}
    flat = {"a.weight": torch.randn(3, 4), "a.bias": torch.randn(3)}

    # The format before PyTorch 1.6
    save("legacy-flat.pt", flat, flat, **old)
    layer = nn.Linear(2, 3).state_dict()
    save("legacy-ordered.pt", layer, layer, **old)
    base = torch.arange(24.0).reshape(4, 6)
    views = {"whole": base, "row": base[2], "column": base[:, 1], "turned": base.t(), "part": base[1:3, 2:5]}
    save("legacy-views.pt", views, views, **old)
    kinds = {
        str(d)[6:]: torch.tensor([1, 0, 1]).to(d)
        for d in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
                  torch.uint8, torch.bool, torch.complex64, torch.complex128)
    }
    save("legacy-types.pt", kinds, kinds, **old)
    nested = {"model": {"w": torch.ones(2)}, "epoch": 3, "list": [torch.zeros(1), "text"], "lr": 0.5}
    save("legacy-nested.pt", nested, {"model.w": torch.ones(2), "list.0": torch.zeros(1)},
         {"epoch": 3, "list.1": "text", "lr": 0.5}, **old)
    save("legacy-empty.pt", {"none": torch.zeros(0, 3), "one": torch.tensor(2.0)},
         {"none": torch.zeros(0, 3), "one": torch.tensor(2.0)}, **old)
    save("legacy-parameter.pt", {"p": nn.Parameter(torch.ones(2))}, {"p": torch.ones(2)}, **old)
    for protocol in (3, 4, 5):
        save(f"legacy-protocol-{protocol}.pt", flat, flat, pickle_protocol=protocol, **old)
    whole = (OUT / "legacy-flat.pt").read_bytes()
    refused("legacy-cut.pt", "file-truncated", whole[:-5])
    refused("legacy-cut-pickle.pt", "pickle-invalid", whole[:200])
    module = io.BytesIO()
    # A whole module carries its class's source; a line stands for it here.
    source = (["class Linear(Module): ...\n"], 1, "linear.py")
    with mock.patch("torch.serialization.get_source_lines_and_file", lambda *_: source):
        torch.save(nn.Linear(1, 1), module, **old)
    refused("legacy-module.pt", "global-refused", module.getvalue())
    flag = whole.index(b"little_endian") + len("little_endianq_")
    assert whole[flag] == 0x88  # True
    big = whole[:flag] + b"\x89" + whole[flag + 1 :]
    refused("legacy-big-endian.pt", "byteorder", big)

    # TorchScript
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.LayerNorm(2)
            self.layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2, bias=False)])
            self.register_buffer("count", torch.tensor([7], dtype=torch.int64))
            self.scale: float = 0.5
            self.sizes: list[int] = [1, 2]

        def forward(self, x):
            for layer in self.layers:
                x = layer(self.norm(x))
            return x * self.scale + self.sizes[0]

    block = Block()
    torch.jit.script(block).save(OUT / "script.pt")
    INDEX["script.pt"] = told(block.state_dict(), {"scale": 0.5})
    half = Block().half()
    torch.jit.trace(half, torch.ones(1, 2).half()).save(OUT / "traced.pt")
    INDEX["traced.pt"] = told(half.state_dict())

    # Deflated
    torch.save(flat, OUT / "flat.pt")
    deflate("flat.pt", "deflated.pt")
    INDEX["flat.pt"] = INDEX["deflated.pt"] = told(flat)
    deflate("flat.pt", "deflated-pickle.pt", only="data.pkl")
    INDEX["deflated-pickle.pt"] = told(flat)
    torch.save(views, OUT / "views.pt")
    deflate("views.pt", "deflated-views.pt")
    INDEX["views.pt"] = INDEX["deflated-views.pt"] = told(views)
    deflate("script.pt", "deflated-script.pt")
    INDEX["deflated-script.pt"] = INDEX["script.pt"]
    deflate("flat.pt", "bzip2-records.pt", method=zipfile.ZIP_BZIP2)
    INDEX["bzip2-records.pt"] = {"kind": "record-compressed"}

    # Kinds of numbers
    complex_ = torch.complex(torch.randn(2, 3), torch.randn(2, 3))
    numbers = {
        "c64": complex_,
        "c128": complex_.to(torch.complex128),
        "c32": complex_.to(torch.complex32),
        "turned": complex_.t(),
        "turned128": complex_.to(torch.complex128).t(),
        "conjugate": complex_.conj(),
        "conjugate_turned": complex_.conj().t(),
        "weight": torch.ones(2),
    }
    save("complex.pt", numbers, numbers)
    negative = {"imaginary": complex_.conj().imag}
    save("negative.pt", negative, negative)
    eights = {
        str(d)[6:]: torch.tensor([1.0, 0.5]).to(d)
        for d in (torch.float8_e5m2, torch.float8_e4m3fn, torch.float8_e5m2fnuz, torch.float8_e4m3fnuz,
                  torch.float8_e8m0fnu)
    }
    eights |= {str(d)[6:]: torch.tensor([1, 2]).to(d) for d in (torch.uint16, torch.uint32, torch.uint64)}
    save("small-types.pt", eights, eights)

    # What stands beside weights
    beside = {
        "w": torch.ones(2),
        "args": argparse.Namespace(lr=0.1, name="run", steps=[1, 2], nested=argparse.Namespace(x=None)),
        "simple": types.SimpleNamespace(a=1),
        "f8": np.float64(0.25), "f4": np.float32(0.5), "f2": np.float16(1.5), "i8": np.int64(2**40), "u1": np.uint8(7),
        "b": np.bool_(True), "array": np.arange(3.0), "path": pathlib.PurePosixPath("/a/b"),
        "default": collections.defaultdict(int, {"k": 1}), "set": {5}, "frozen": frozenset([6]),
        "when": datetime.timedelta(1), "deque": collections.deque([1]), "version": torch.__version__,
        "size": torch.Size([2, 3]), "device": torch.device("cpu"), "dtype": torch.float16, "complex": 1 + 2j,
        "bytes": b"hi", "bytearray": bytearray(b"ho"),
    }
    values = {
        "args.lr": 0.1, "args.name": "run", "args.steps.1": 2, "args.nested.x": None, "simple.a": 1, "f8": 0.25,
        "f4": 0.5, "f2": 1.5, "i8": 2**40, "u1": 7, "b": True, "array": "numpy.ndarray f8 [3]", "path": "/a/b",
        "default.k": 1, "set.0": 5, "frozen.0": 6, "deque.0": 1, "size.1": 3, "device": "cpu",
        "dtype": "torch.float16", "complex": "1+2j", "when": "datetime.timedelta", "version": str(torch.__version__),
    }
    for protocol in (2, 4, 5):
        save(f"beside-{protocol}.pt", beside, {"w": torch.ones(2)}, values, pickle_protocol=protocol)
    others = {
        "w": torch.ones(2),
        "sparse": torch.eye(3).to_sparse(),
        "rows": torch.eye(3).to_sparse_csr(),
        "quantised": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        "channels": torch.quantize_per_channel(torch.ones(2, 2), torch.ones(2), torch.zeros(2), 0, torch.quint8),
        "meta": torch.empty(3, device="meta"),
        "packed": torch.zeros(4, dtype=torch.uint8).view(torch.float4_e2m1fn_x2),
        "parameter": nn.Parameter(torch.eye(2).to_sparse()),
        "zone": datetime.timezone.utc,
    }
    found = {
        **dict.fromkeys(["sparse", "rows", "parameter"], "a sparse tensor"),
        **dict.fromkeys(["quantised", "channels"], "a quantised tensor"),
        "meta": "a meta tensor, which has no values",
        "packed": "a tensor of torch.float4_e2m1fn_x2",
        "zone": "datetime.timezone",
    }
    save("other-tensors.pt", others, {"w": torch.ones(2)}, found)
    save("beside-legacy.pt", beside, {"w": torch.ones(2)}, values, **old)

    # Other formats
    state = {name: tensor.numpy() for name, tensor in flat.items()}
    for protocol in (0, 1, 2, 3, 4, 5):
        refused(f"pickle-{protocol}.pkl", "bare-pickle", pickle.dumps(state, protocol))
        refused(f"tensor-{protocol}.pkl", "bare-pickle", pickle.dumps(torch.ones(1), protocol))
        refused(f"ordered-{protocol}.pkl", "bare-pickle", pickle.dumps(collections.OrderedDict(state), protocol))
    refused("list.pkl", "bare-pickle", pickle.dumps([1, 2], 4))
    zipped = (OUT / "flat.pt").read_bytes()
    refused("packed.pt.gz", "gzip", gzip.compress(zipped))
    refused("packed-no-time.pt.gz", "gzip", gzip.compress(zipped, mtime=0))
    refused("packed.pt.bz2", "bzip2", bz2.compress(zipped))
    refused("packed.pt.xz", "xz", lzma.compress(zipped))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(OUT / "legacy-empty.pt", "model.pt")
    refused("packed.tar", "tar", archive.getvalue()[:2048])
    arrays = io.BytesIO()
    np.savez(arrays, **state)
    refused("arrays.npz", "record-missing", arrays.getvalue())
    array = io.BytesIO()
    np.save(array, np.arange(3))
    refused("array.npy", "npy", array.getvalue())
    refused("model.gguf", "gguf", b"GGUF\3\0\0\0" + bytes([123]) + bytes(40))
    refused("model.h5", "hdf5", b"\x89HDF\r\n\x1a\n" + bytes(40))
    refused("model.onnx", "onnx", b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:" + bytes(40))
    refused("domain.onnx", "onnx", b"\x08\x0e\"\x01x(\x032\x02hi:" + bytes(40))
    refused("saved_model.pb", "saved-model", b"\x08\x01\x12\x9a\x05\x0a\x10" + bytes(40))
    refused("graph-only.onnx", "onnx", b"\x08\x07:\x80\x04\n\x10\n\x01x" + bytes(40))
    (OUT / "index.json").write_text(json.dumps(INDEX, indent=1, ensure_ascii=False) + "\n")


main()
