"""
There: the exported model in flamingo-mini gives the logits that it gives here.

    python scripts/pytorch/check_flamingo_mini.py EXPORT --sources DIR [--weights DIR] [--prompts FILE]

DIR holds the package flamingo_mini. It reads every token of its vision encoder, this project's models leave the class
token out: so its encoder is given one that does, around the exported CLIP.
"""

import argparse
import json
import os
import sys
import types
from pathlib import Path

import torch
import transformers

import common


class WithoutClassToken(transformers.CLIPVisionModel):
    def forward(self, pixel_values, **_options):
        tokens = super().forward(pixel_values=pixel_values).last_hidden_state
        return types.SimpleNamespace(last_hidden_state=tokens[:, 1:])


def build(export):
    from flamingo_mini import FlamingoConfig, FlamingoModel, modeling_flamingo

    config = FlamingoConfig(**json.loads((export / "config.json").read_text()))
    before = os.getcwd()
    os.chdir(export)  # its config names its parts as the hub does; here they are folders
    try:
        with common.replaced(modeling_flamingo, CLIPVisionModel=WithoutClassToken):
            model = FlamingoModel(config)
    finally:
        os.chdir(before)
    return model.float().eval()


def image_token(export):
    tokenizer = json.loads(next(export.glob("facebook/*/tokenizer.json")).read_text())
    return next(token["id"] for token in tokenizer["added_tokens"] if token["content"] == "<image>")


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path, help="folder of glass-flamingo export --to flamingo-mini")
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--prompts", type=Path)
    args = parser.parse_args()
    sys.path.insert(0, str(args.sources.resolve()))
    compare = common.Comparison()
    model = build(args.export.resolve())
    state = torch.load(args.export / "pytorch_model.bin", map_location="cpu", weights_only=True)
    # No published file holds the vision encoder: it comes from a folder of its own.
    print(f"{common.load_strictly(model, state, elsewhere=('flamingo.vision_encoder.',))} tensors loaded by their names")
    image = image_token(args.export)
    print("difference of logits, of their scale")
    for name, prompt in common.ours(args.prompts, weights=args.weights).items():
        ids, pixels = prompt["ids"], prompt["pixels"]  # [1, n], [1, m, 1, 3, h, w]
        out = model(input_ids=ids, attention_mask=torch.ones_like(ids), media_locations=ids == image, pixel_values=pixels)
        compare(f"{name} ({pixels.shape[1]} pictures)", out.logits, prompt["logits"])
    compare.finish()


if __name__ == "__main__":
    main()
