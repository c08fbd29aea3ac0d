"""open_flamingo's own Flamingo around the folder that `glass-flamingo export --to openflamingo` writes."""

import functools
import json
import sys
import types

import torch
import transformers

import common


class PatchTokens(transformers.CLIPVisionModel):
    """What OpenFlamingo asks of open_clip's encoder, by Hugging Face's CLIP: (class token, patch tokens), not normed."""

    def forward(self, pixels):
        tokens = super().forward(pixel_values=pixels).last_hidden_state
        return tokens[:, 0], tokens[:, 1:]


def stand_ins():
    """open_clip brings weights by name from the network, wandb reports there: neither is wanted, both are imported."""
    for name in ("open_clip", "wandb"):
        sys.modules.setdefault(name, types.ModuleType(name))
    return sys.modules["open_clip"]


def build(export, **options):
    """
    (Flamingo, tokenizer) by create_model_and_transforms, without the checkpoint.

    Language model and tokenizer are what AutoModelForCausalLM and AutoTokenizer find in the folder. Flamingo fixes the
    sizes of its resampler and blocks (6 layers, 64 latents, 8 heads of 64), so its classes are given those of sizes.json.
    """
    clip = stand_ins()
    from open_flamingo.src import factory, flamingo, flamingo_lm

    sizes = json.loads((export / "sizes.json").read_text())
    encoder = PatchTokens.from_pretrained(export / "vision", attn_implementation="eager")
    clip.create_model_and_transforms = lambda *_args, **_options: (types.SimpleNamespace(visual=encoder), None, None)
    clip.get_model_config = lambda _name: {"vision_cfg": {"width": sizes["vis_dim"]}}
    resampler = functools.partial(flamingo.PerceiverResampler, **sizes["resampler"])
    block = functools.partial(flamingo_lm.GatedCrossAttentionBlock, **sizes["gated_cross_attention"])
    places = ("exported", "exported", str(export / "language_model"), str(export / "language_model"))
    every = sizes["cross_attn_every_n_layers"]
    with (
        common.replaced(flamingo, PerceiverResampler=resampler),
        common.replaced(flamingo_lm, GatedCrossAttentionBlock=block),
    ):
        model, _, tokenizer = factory.create_model_and_transforms(
            *places, cross_attn_every_n_layers=every, use_local_files=True, **options
        )
    wanted, found = sizes["tokens"], {"<image>": model.media_token_id, "<|endofchunk|>": model.eoc_token_id}
    if found != wanted:
        raise SystemExit(f"the tokenizer gives the tokens {found}, the model knows {wanted}")
    return model.float().eval(), tokenizer


def load_checkpoint(model, file):
    """As train.py and the evaluation read it, but by strict names: what it doesn't hold is frozen, and was in the folders."""
    saved = torch.load(file, map_location="cpu", weights_only=True)
    state = {name.replace("module.", ""): value for name, value in saved.get("model_state_dict", saved).items()}
    return common.load_strictly(model, state, elsewhere=frozen_names(model))


def frozen_names(model):
    """Prefixes of what stays as it was: vision encoder and decoder layers, by each name that they go by."""
    return tuple(name for name, p in model.named_parameters(remove_duplicate=False) if not p.requires_grad)


@torch.no_grad()
def logits(model, pixels, ids, mask=None):
    mask = torch.ones_like(ids) if mask is None else mask
    return model(vision_x=pixels, lang_x=ids, attention_mask=mask).logits


@torch.no_grad()
def latents(model, pixels):
    """What the resampler makes of pictures [b, m, 1, c, h, w]."""
    rows, media = pixels.shape[:2]
    visual = model.vision_encoder(pixels.flatten(0, 2))[1]
    return model.perceiver(visual.unflatten(0, (rows, media, 1)))
