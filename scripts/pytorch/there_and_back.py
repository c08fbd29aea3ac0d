"""Exports in the implementations that they are for, and back: prints how far their logits are from ours.

    python there_and_back.py openflamingo  EXPORT --runs RUNS [--train FOLDER]
    python there_and_back.py flamingo-mini EXPORT --runs RUNS
    python there_and_back.py lucidrains    EXPORT --runs RUNS --whole EXPORT_OF_OPENFLAMINGO

RUNS comes from logits.ts. What the README beside this file asks to be installed is used unchanged; only sizes that the
implementations fix, and what they would download, are given to them.
"""

import argparse
import functools
import json
import os
import shutil
import sys
import types
from pathlib import Path
from unittest import mock

import torch
import transformers
from safetensors.torch import load_file, save_file

LIMIT = 1e-4


class Patches(torch.nn.Module):
    """A CLIP of transformers as open_clip's: (class token, patches), before the last norm."""

    def __init__(self, folder):
        super().__init__()
        self.clip = transformers.CLIPVisionModel.from_pretrained(folder)

    def forward(self, pixels):
        tokens = self.clip(pixel_values=pixels).last_hidden_state
        return tokens[:, 0], tokens[:, 1:]


class OnlyPatches(Patches):
    """The same for flamingo-mini, without the class token, which our model does not read."""

    def forward(self, pixels):
        return types.SimpleNamespace(last_hidden_state=super().forward(pixels)[1])


def compare(runs, logits_of):
    """Prints the differences. Prompts without a picture get a blank one, which none of their tokens sees."""
    pixels = next(value for name, value in runs.items() if name.endswith("pixels"))
    worst = 0
    for k in range(sum(name.endswith("ids") for name in runs)):
        ids, expected = runs[f"{k}.ids"].long(), runs[f"{k}.logits"]
        with torch.no_grad():
            found = logits_of(ids, runs.get(f"{k}.pixels", torch.zeros_like(pixels[:, :1])))
        difference = float((found - expected).abs().max() / expected.abs().max())
        worst = max(worst, difference)
        print(f"prompt {k}: differs by {difference:.1e} of scale {float(expected.abs().max()):.1f}")
    if not worst < LIMIT:
        sys.exit(f"the logits differ by more than {LIMIT}")


# ---------------------------------------------------------------------------------------------------- OpenFlamingo


def open_flamingo(folder):
    """The model by its own factory, with our sizes, our CLIP, and the checkpoint loaded as its scripts load it."""
    for name in ("open_clip", "wandb"):
        sys.modules.setdefault(name, types.ModuleType(name))
    from open_flamingo.src import factory, flamingo, flamingo_lm

    sizes = json.loads((folder / "sizes.json").read_text())
    encoder = types.SimpleNamespace(visual=Patches(folder / "vision"))
    clip = types.SimpleNamespace(
        create_model_and_transforms=lambda *_, **__: (encoder, None, None),
        get_model_config=lambda _: {"vision_cfg": {"width": sizes["vis_dim"]}},
    )
    resampler = functools.partial(flamingo.PerceiverResampler, **sizes["resampler"])
    block = functools.partial(flamingo_lm.GatedCrossAttentionBlock, **sizes["gated_cross_attention"])
    with (
        mock.patch.object(factory, "open_clip", clip),
        mock.patch.object(flamingo, "PerceiverResampler", resampler),
        mock.patch.object(flamingo_lm, "GatedCrossAttentionBlock", block),
    ):
        language_model = str(folder / "language_model")
        model, _, tokenizer = factory.create_model_and_transforms(
            "ours", "none", language_model, language_model, cross_attn_every_n_layers=sizes["cross_attn_every_n_layers"]
        )
    ids = {"<image>": model.media_token_id, "<|endofchunk|>": model.eoc_token_id}
    assert ids == sizes["tokens"], (ids, sizes["tokens"])
    state = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    result = model.load_state_dict(state, strict=False)
    trainable = {name for name, p in model.named_parameters() if p.requires_grad}
    forgotten = trainable & set(result.missing_keys)
    print(f"checkpoint.pt: {len(state)} names, {len(result.unexpected_keys)} unexpected, {len(forgotten)} trainable ones missing")
    assert not result.unexpected_keys and not forgotten, (result.unexpected_keys, forgotten)
    return model.eval(), tokenizer


def run_open_flamingo(model, ids, pixels):
    return model(vision_x=pixels, lang_x=ids, attention_mask=torch.ones_like(ids)).logits


def train(model, tokenizer, export, folder, runs, steps=4):
    """A few steps of train_one_epoch, saved by save_checkpoint; its frozen parts are laid beside."""
    from open_flamingo.train import train_utils

    torch.manual_seed(0)
    side = next(value for name, value in runs.items() if name.endswith("pixels")).shape[-1]
    image, end, pad = model.media_token_id, model.eoc_token_id, tokenizer.pad_token_id
    pairs = torch.tensor([[image, 20, 21, 22, end], [image, 30, 31, end, pad]])
    mixed = torch.tensor([[image, 40, 41, end, image, 50, 51, end]])
    mask = lambda ids: (ids != pad).long()
    pair_batch = (torch.randn(2, 3, side, side), (pairs, mask(pairs)))
    mixed_batch = (torch.randn(1, 2, 3, side, side), [(mixed, mask(mixed))])

    class Parallel(torch.nn.Module):  # the names of DistributedDataParallel, without its processes
        def __init__(self):
            super().__init__()
            self.module = model

        def forward(self, **inputs):
            return self.module(**inputs)

    class Batches(list):
        num_batches = steps

    parallel = Parallel()
    named = [(name, p) for name, p in parallel.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for name, p in named if "gated_cross_attn" in name], "weight_decay": 0.1},
        {"params": [p for name, p in named if "gated_cross_attn" not in name], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    scheduler = transformers.get_constant_schedule_with_warmup(optimizer, num_warmup_steps=0)
    args = types.SimpleNamespace(
        num_epochs=1, precision="fp32", fsdp=False, rank=0, world_size=1, gradient_accumulation_steps=1, logging_steps=1,
        freeze_lm_embeddings=False, loss_multiplier_laion=0.2, loss_multiplier_mmc4=1.0, batch_size_laion=2, batch_size_mmc4=1,
        report_to_wandb=False, delete_previous_checkpoint=False, run_name=str(folder),
    )
    loaders = Batches([pair_batch] * steps), Batches([mixed_batch] * steps)
    train_utils.train_one_epoch(args, parallel, 0, *loaders, tokenizer, optimizer, scheduler, "cpu", None)
    train_utils.save_checkpoint(parallel, optimizer, scheduler, 0, args)
    for name in ("config.json", "vision", "language_model"):
        source = export / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    model.eval()
    theirs = dict(runs)
    moved = 0
    for k in range(sum(name.endswith("ids") for name in runs)):
        if f"{k}.pixels" not in runs:
            del theirs[f"{k}.ids"], theirs[f"{k}.logits"]
            continue
        with torch.no_grad():
            theirs[f"{k}.logits"] = run_open_flamingo(model, runs[f"{k}.ids"].long(), runs[f"{k}.pixels"]).contiguous()
        moved = max(moved, float((theirs[f"{k}.logits"] - runs[f"{k}.logits"]).abs().max()))
    save_file(theirs, folder.parent / f"{folder.name}.safetensors")
    print(f"trained {steps} steps: logits moved by up to {moved:.2f}; {folder}/checkpoint_0.pt and {folder}.safetensors written")


# ----------------------------------------------------------------------------------- flamingo-mini, flamingo-pytorch


def flamingo_mini(folder):
    from flamingo_mini import FlamingoConfig, FlamingoModel, modeling_flamingo

    config = FlamingoConfig(**json.loads((folder / "config.json").read_text()))
    os.chdir(folder)  # config.json names its parts as folders in this one
    clip = types.SimpleNamespace(from_pretrained=OnlyPatches)
    with mock.patch.object(modeling_flamingo, "CLIPVisionModel", clip):
        model = FlamingoModel(config)
    state = torch.load("pytorch_model.bin", map_location="cpu")
    result = model.load_state_dict(state, strict=False)
    missing = [name for name in result.missing_keys if ".vision_encoder." not in name]  # in no published file either
    print(f"pytorch_model.bin: {len(state)} names, {len(result.unexpected_keys)} unexpected, {len(missing)} missing")
    assert not result.unexpected_keys and not missing, (result.unexpected_keys, missing)
    return model.eval()


def lucidrains(folder, whole):
    """Its modules, strictly loaded, in place of OpenFlamingo's, which compute the same around a language model."""
    from flamingo_pytorch import GatedCrossAttentionBlock, PerceiverResampler

    sizes = json.loads((folder / "sizes.json").read_text())
    model, _ = open_flamingo(whole)
    state = torch.load(folder / "perceiver_resampler.pt", map_location="cpu", weights_only=True)
    own = {name: value for name, value in sizes["resampler"].items() if value is not None}
    resampler = PerceiverResampler(dim=sizes["vis_dim"], num_media_embeds=len(state["media_pos_emb"]), **own)
    resampler.load_state_dict(state, strict=True)
    model.perceiver.forward = lambda x: resampler(x.flatten(2, 3))  # (b m (f v) d)
    block_sizes = {name: sizes["gated_cross_attention"][name] for name in ("heads", "dim_head", "ff_mult")}
    for file in sorted(folder.glob("gated_cross_attention.*.pt")):
        block = GatedCrossAttentionBlock(dim=sizes["vis_dim"], **block_sizes)
        block.load_state_dict(torch.load(file, map_location="cpu", weights_only=True), strict=True)
        layer = model.lang_encoder.model.decoder.layers[int(file.name.split(".")[1])].gated_cross_attn_layer
        layer.forward = lambda x, media, media_locations=None, block=block, **_: block(x, media, media_locations=media_locations)
    print("every state dict loaded strictly")
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", choices=("openflamingo", "flamingo-mini", "lucidrains"))
    parser.add_argument("export", type=Path)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--train", type=Path, help="where to train to, and save")
    parser.add_argument("--whole", type=Path, help="the same model exported to openflamingo")
    args = parser.parse_args()
    runs = load_file(args.runs)
    if args.format == "flamingo-mini":
        folder = args.export.resolve()
        model, image = flamingo_mini(folder), image_id(folder)
        compare(runs, lambda ids, x: model(input_ids=ids, media_locations=ids == image, pixel_values=x).logits)
        return
    model, tokenizer = (lucidrains(args.export, args.whole), None) if args.format == "lucidrains" else open_flamingo(args.export)
    compare(runs, lambda ids, x: run_open_flamingo(model, ids, x))
    if args.train:
        train(model, tokenizer, args.export, args.train, runs)


def image_id(folder):
    """Of `<image>` in the tokenizer that lies beside the language model."""
    tokenizer = next(folder.glob("facebook/*/tokenizer.json"))
    return next(t["id"] for t in json.loads(tokenizer.read_text())["added_tokens"] if t["content"] == "<image>")


if __name__ == "__main__":
    main()
