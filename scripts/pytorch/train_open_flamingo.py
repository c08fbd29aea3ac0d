"""
And back: a few steps of open_flamingo's own training from the exported model, saved by its save_checkpoint, opened here.

    python scripts/pytorch/train_open_flamingo.py EXPORT --out DIR [--steps N] [--fsdp] [--weights DIR] [--prompts FILE]
    torchrun --nproc_per_node=2 scripts/pytorch/train_open_flamingo.py EXPORT --out DIR   # several processes

It runs on processors; the processes speak by gloo. The prompts are the training data: this shows that nothing is lost
on the way, not how to train.
"""

import argparse
import os
import types
from pathlib import Path

import torch
import torch.distributed as distributed
import transformers
from torch.distributed.fsdp import CPUOffload, FullStateDictConfig, ShardingStrategy
from torch.nn.parallel import DistributedDataParallel

import common
import open_flamingo_model as of


CPU = torch.device("cpu")


def start_processes():
    """(rank, processes): what torchrun says, else one process of its own."""
    for name, value in {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29511"}.items():
        os.environ.setdefault(name, value)
    distributed.init_process_group("gloo")
    return distributed.get_rank(), distributed.get_world_size()


class Loader(list):
    """What train_one_epoch asks of webdataset's loaders."""

    @property
    def num_batches(self):
        return len(self)


def padded(prompts, pad):
    """(ids, mask) of prompts as rows, padded on the right as in training."""
    length = max(p["ids"].shape[1] for p in prompts)
    ids, mask = torch.full((len(prompts), length), pad), torch.zeros(len(prompts), length, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        count = prompt["ids"].shape[1]
        ids[row, :count], mask[row, :count] = prompt["ids"][0], 1
    return ids, mask


def loaders(prompts, steps, pad, rank, processes):
    """Pairs (a picture and its text) and interleaved documents; each process reads its own rows of both."""
    pairs = [p for p in prompts if p["pixels"].shape[1] == 1][rank::processes]
    documents = [p for p in prompts if p["pixels"].shape[1] > 1][rank::processes]
    most = max(p["pixels"].shape[1] for p in documents)
    pictures = [torch.nn.functional.pad(p["pixels"][0, :, 0], (0, 0, 0, 0, 0, 0, 0, most - p["pixels"].shape[1])) for p in documents]
    ids, mask = padded(documents, pad)
    pair_batch = (torch.cat([p["pixels"][0, :, 0] for p in pairs]), padded(pairs, pad))
    document_batch = (torch.stack(pictures), [(row[None], seen[None]) for row, seen in zip(ids, mask)])
    return Loader([pair_batch] * steps), Loader([document_batch] * steps)


def parallel(model, fsdp):
    """The model as train.py wraps it."""
    if not fsdp:
        return DistributedDataParallel(model)
    options = dict(device_id=CPU, cpu_offload=CPUOffload(offload_params=False), sharding_strategy=ShardingStrategy.FULL_SHARD, use_orig_params=False)
    model.wrap_fsdp(options, CPU)
    return model


def optimizer_of(model, rate, decay, fsdp):
    """train.py's: decay on the gated blocks only, on everything where FSDP has made flat parameters of them."""
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad and not getattr(p, "exclude_from_optimizer", False)]
    if fsdp:
        return torch.optim.AdamW([p for _, p in trained], lr=rate, weight_decay=decay)
    blocks = [p for name, p in trained if "gated_cross_attn" in name]
    others = [p for name, p in trained if "gated_cross_attn" not in name]
    return torch.optim.AdamW([{"params": blocks, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}], lr=rate)


def gates(state):
    """{layer and gate: tanh of it} in a state dict."""
    decoder = {name: value for name, value in state.items() if name.endswith("_gate") and ".decoder.layers." in name}
    return {name.split(".layers.")[1].replace("gated_cross_attn_layer.", ""): value.tanh().item() for name, value in decoder.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--fsdp", action="store_true", help="FullyShardedDataParallel; the language model's embeddings stay frozen")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--prompts", type=Path)
    args = parser.parse_args()
    of.stand_ins()
    from open_flamingo.train import train_utils

    rank, processes = start_processes()
    torch.manual_seed(0)
    model, tokenizer = of.build(args.export, freeze_lm_embeddings=args.fsdp)
    of.load_checkpoint(model, args.export / "checkpoint.pt")
    before = gates(model.state_dict())
    prompts = common.ours(args.prompts, weights=args.weights)
    trained = parallel(model, args.fsdp)
    optimizer = optimizer_of(trained, args.learning_rate, 0.1, args.fsdp)
    scheduler = transformers.get_constant_schedule_with_warmup(optimizer, num_warmup_steps=0)
    settings = types.SimpleNamespace(
        **dict(num_epochs=1, precision="fp32", gradient_accumulation_steps=1, loss_multiplier_laion=0.2, loss_multiplier_mmc4=1.0),
        **dict(fsdp=args.fsdp, fsdp_use_orig_params=False, freeze_lm_embeddings=args.fsdp, my_group=None),
        **dict(rank=rank, world_size=processes, logging_steps=1, report_to_wandb=False),
        **dict(run_name=str(args.out), delete_previous_checkpoint=False),
    )
    pairs, documents = loaders(list(prompts.values()), args.steps, tokenizer.pad_token_id, rank, processes)
    train_utils.train_one_epoch(settings, trained, 0, pairs, documents, tokenizer, optimizer, scheduler, "cpu", None)
    # Offloaded to where it lies already, a gathered parameter would be freed as the copy that was left behind.
    def in_place(**options):
        return FullStateDictConfig(**{**options, "offload_to_cpu": False})

    with common.replaced(train_utils, FullStateDictConfig=in_place):
        train_utils.save_checkpoint(trained, optimizer, scheduler, 0, settings)
    distributed.barrier()
    distributed.destroy_process_group()
    if rank == 0:
        come_back(args, prompts, before, f"{'FSDP' if args.fsdp else 'DDP'} in {processes} process{'es' if processes > 1 else ''}, {args.steps} steps")


def come_back(args, prompts, before, how):
    """The file in a fresh model there, and here."""
    compare = common.Comparison("open_flamingo")
    file = args.out / "checkpoint_0.pt"
    saved = torch.load(file, map_location="cpu", weights_only=True)["model_state_dict"]
    print(f"{how}: {file.name} holds {len(saved)} tensors, such as {next(name for name in saved if name.endswith('attn_gate'))}")
    fresh, _ = of.build(args.export)
    of.load_checkpoint(fresh, file)
    after = gates(saved)
    for name, value in after.items():
        print(f"  tanh({name}) {before[name]:+.4f} -> {value:+.4f}")
    compare.require("every gate moved", all(value != before[name] for name, value in after.items()) and len(after) == len(before))

    parts = {"vision": args.export / "vision", "language_model": args.export / "language_model"}
    here = common.ours(args.prompts, weights=args.weights, checkpoint=file, **parts)
    print("difference of logits, of their scale")
    for name, prompt in prompts.items():
        logits = of.logits(fresh, prompt["pixels"], prompt["ids"])
        compare(name, logits, here[name]["logits"])
        compare.require("  and training has changed it", (logits - prompt["logits"]).abs().max() > 100 * common.TOLERANCE)
    compare.finish()


if __name__ == "__main__":
    main()
