"""
There: the exported model in open_flamingo gives the logits that it gives here.

    python scripts/pytorch/check_open_flamingo.py EXPORT [--weights DIR] [--prompts FILE]
"""

import argparse
from pathlib import Path

import torch

import common
import open_flamingo_model as of


def in_one_batch(model, prompts):
    """All prompts as one batch, padded on the left, rows with fewer pictures filled with blank ones, as its evaluation does."""
    rows, media = max(p["ids"].shape[1] for p in prompts), max(p["pixels"].shape[1] for p in prompts)
    ids, mask = torch.zeros(2, len(prompts), rows, dtype=torch.long)
    pixels = torch.zeros(len(prompts), media, *prompts[0]["pixels"].shape[2:])
    for row, prompt in enumerate(prompts):
        length, pictures = prompt["ids"].shape[1], prompt["pixels"].shape[1]
        ids[row, rows - length :] = prompt["ids"][0]
        mask[row, rows - length :] = 1
        pixels[row, :pictures] = prompt["pixels"][0]
    out = of.logits(model, pixels, ids, mask)
    return [out[row : row + 1, rows - prompt["ids"].shape[1] :] for row, prompt in enumerate(prompts)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--prompts", type=Path)
    args = parser.parse_args()
    compare = common.Comparison("open_flamingo")
    torch.manual_seed(0)
    model, _ = of.build(args.export)
    print(f"{of.load_checkpoint(model, args.export / 'checkpoint.pt')} tensors loaded by their names")

    prompts = common.ours(args.prompts, weights=args.weights)
    print("difference of logits, of their scale")
    for name, prompt in prompts.items():
        compare(f"{name} ({prompt['pixels'].shape[1]} pictures)", of.logits(model, prompt["pixels"], prompt["ids"]), prompt["logits"])
    print("the same prompts as one padded batch there")
    for (name, prompt), logits in zip(prompts.items(), in_one_batch(model, list(prompts.values()))):
        compare(name, logits, prompt["logits"])
    print("what the resampler makes of the pictures")
    for name, prompt in prompts.items():
        compare(name, of.latents(model, prompt["pixels"]), prompt["resampler.out"])
    compare.finish()


if __name__ == "__main__":
    main()
