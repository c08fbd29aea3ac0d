"""
The exported resampler and gated blocks in flamingo-pytorch, by their state dicts.

    python scripts/pytorch/check_flamingo_pytorch.py EXPORT [--weights DIR] [--prompts FILE]

flamingo-pytorch puts its blocks after layers of a language model of its own, so modules are compared, not logits: what
comes in is the text's embedding and the visual tokens that this project computed.
"""

import argparse
import json
from pathlib import Path

import torch

import common


def load(module, file):
    common.load_strictly(module, torch.load(file, map_location="cpu", weights_only=True))
    return module.float().eval()


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path, help="folder of glass-flamingo export --to lucidrains")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--prompts", type=Path)
    args = parser.parse_args()
    from flamingo_pytorch import GatedCrossAttentionBlock, PerceiverResampler

    compare = common.Comparison("flamingo_pytorch")
    sizes = json.loads((args.export / "sizes.json").read_text())
    resampler = load(PerceiverResampler(dim=sizes["vis_dim"], **sizes["resampler"]), args.export / "perceiver_resampler.pt")
    files = sorted(args.export.glob("gated_cross_attention.*.pt"), key=lambda file: int(file.name.split(".")[1]))
    block_sizes = {"dim": sizes["vis_dim"], **sizes["gated_cross_attention"]}  # one width for text and pictures
    blocks = {int(file.name.split(".")[1]): load(GatedCrossAttentionBlock(**block_sizes), file) for file in files}
    print(f"1 resampler and {len(blocks)} gated blocks loaded by their names")

    taps = ["lm.embeddings.out", "lm.layers.*.residual.post", "xattn.*.residual.post"]
    for name, prompt in common.ours(args.prompts, weights=args.weights, taps=taps).items():
        print(name)
        # Each picture by itself, [m, v, w]: it has embeddings for the first 4 media of a row, zeros here.
        latents = resampler(prompt["vision.patches"]).transpose(0, 1)  # [1, m, l, w]
        compare("resampler.out", latents, prompt["resampler.out"])
        places = prompt["ids"] == sizes["tokens"]["<image>"]
        for layer, block in blocks.items():
            text = prompt[f"lm.layers.{layer - 1}.residual.post" if layer > 0 else "lm.embeddings.out"]
            compare(f"xattn.{layer}.residual.post", block(text, latents, media_locations=places), prompt[f"xattn.{layer}.residual.post"])
    compare.finish()


if __name__ == "__main__":
    main()
