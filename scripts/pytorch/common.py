"""What the checks share: this project's numbers, and the comparison with PyTorch's."""

import contextlib
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import torch
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
# Largest difference of two logits, by the largest logit.
TOLERANCE = 1e-4
# The model is small: threads that wait for each other take longer.
torch.set_num_threads(1)


def ours(prompts=None, taps=(), **options):
    """{prompt: {"ids", "pixels", and what passed each tap: "logits", "resampler.out", ...}}, by logits.ts; see its --help."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "logits.safetensors"
        command = ["node", "--import", "tsx", "--conditions=source", str(HERE / "logits.ts"), "--out", str(out)]
        for tap in taps:
            command += ["--tap", tap]
        for name, value in {"prompts": prompts, **options}.items():
            if value is not None:
                command += [f"--{name.replace('_', '-')}", str(Path(value).resolve())]
        if subprocess.run(command, cwd=PROJECT).returncode != 0:
            raise SystemExit(f"failed: {' '.join(command)}")
        tensors = load_file(out)
    found = {}
    for name, value in tensors.items():
        prompt, kind = name.rsplit("/", 1)
        found.setdefault(prompt, {})[kind] = value
    return found


class Comparison:
    """Prints differences as they are found; `finish` ends the program, with 1 if any was too large."""

    def __init__(self, *packages):
        shown = {"torch": torch.__version__.split("+")[0]}
        for package in ("transformers", *packages):
            with contextlib.suppress(metadata.PackageNotFoundError):
                shown[package] = metadata.version(package)
        print(", ".join(f"{name} {version}" for name, version in shown.items()))
        self.worst, self.failed = 0.0, []

    def __call__(self, what, theirs, mine):
        if theirs.shape != mine.shape:
            raise SystemExit(f"{what}: {tuple(theirs.shape)} there, {tuple(mine.shape)} here")
        scale = theirs.abs().max().item()
        difference = (theirs.double() - mine.double()).abs().max().item()
        relative = difference / scale
        good = relative <= TOLERANCE  # False for NaN, too
        print(f"  {what:<44} {relative:.1e} of {scale:8.3f}{'' if good else '   TOO LARGE'}")
        self.worst = max(self.worst, relative)
        if not good:
            self.failed.append(what)

    def require(self, what, holds):
        print(f"  {what:<44} {'yes' if holds else 'NO'}")
        if not holds:
            self.failed.append(what)

    def finish(self):
        print(f"largest difference {self.worst:.1e} of scale, allowed {TOLERANCE:.0e}")
        if self.failed:
            print(f"failed: {', '.join(self.failed)}")
        sys.exit(1 if self.failed else 0)


def load_strictly(model, state, elsewhere=()):
    """
    Loads a state dict by its exact names: none may be unknown, and every parameter must come from it, but those whose
    names begin with one of `elsewhere` (they were loaded before) and second names of one that does.
    """
    known = model.state_dict(keep_vars=True)
    unknown = sorted(set(state) - set(known))
    held = {known[name].data_ptr() for name in set(state) & set(known)}
    missing = [name for name, value in known.items() if value.data_ptr() not in held and not name.startswith(elsewhere)]
    if unknown or missing:
        raise SystemExit(f"names that nothing has: {unknown[:5]}; names that are not there: {missing[:5]}")
    model.load_state_dict(state, strict=False)  # shapes are checked; second names are what would be "missing"
    return len(state)


@contextlib.contextmanager
def replaced(owner, **attributes):
    """Other attributes of a module for a while."""
    before = {name: getattr(owner, name) for name in attributes}
    for name, value in attributes.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)
