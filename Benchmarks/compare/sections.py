"""What is compared, with the ratio that is aimed at. Each section yields rows."""

import gc
import os
import pathlib
import subprocess
import sys

from .ours import Program, Training
from .rounds import NotMeasured, Row, in_turns, rate_row, seconds

INFERENCE = {"resnet18": 1.5, "resnet50": 1.3, "vgg16": 2.5, "mobilenet_v2": 1.2, "efficientnet_lite0": 1.2}
TRAINING = {"resnet18": 1.5, "resnet50": 1.4, "vgg16": 2.5, "mobilenet_v2": 1.3}
HEAD = {"resnet18": 2.0, "resnet50": 1.6, "vgg16": 2.5, "mobilenet_v2": 1.5}
TORCH = ["torch", "torch channels_last"]
OPENVINO = ["OpenVINO"]
#: Whom an inference is aimed at; anybody else's figure is shown beside.
AGAINST = {"vgg16": TORCH, "mobilenet_v2": OPENVINO, "efficientnet_lite0": OPENVINO}


def timed(steps):
    """Runs each once and makes functions that return seconds."""
    for step in steps.values():
        step()
    return {name: (lambda step=step: seconds(step)) for name, step in steps.items()}


def torch_steps(name, work, options, **extra):
    from . import torch_peers

    return {peer: torch_peers.step(name, work, layout, options.batch, **extra) for peer, layout in torch_peers.LAYOUTS.items()}


def networks(options):
    from . import runtimes, torch_peers

    ours = Training()
    for name in options.models:
        frozen_peer = None
        for work, aims in (("inference", INFERENCE), ("training", TRAINING), ("head", HEAD)):
            if name not in aims:
                continue
            steps = torch_steps(name, work, options)
            if work == "inference":
                steps.update(runtimes.steps(name, options.batch, options.threads))
                if options.compiles:
                    steps["torch.compile"] = torch_peers.step(name, work, torch_peers.LAYOUTS["torch"], options.batch, compiled=True)
            contestants = {"Thaw": ours.seconds, **timed(steps)}
            ours.prepare(name, work, options.batch, options.threads)
            times = in_turns(contestants, options.rounds)
            title = {"inference": "inference", "training": "training, all layers", "head": "training, frozen trunk and a head of 2 classes"}[work]
            yield rate_row(f"{name}: {title}", options.batch, times, aims[name], AGAINST.get(name) if work == "inference" else TORCH)
            if work == "head":
                ours.prepare(name, "cached", options.batch, options.threads)
                cached = in_turns({"Thaw": ours.seconds, **{k: v for k, v in contestants.items() if k != "Thaw"}}, options.rounds)
                yield rate_row(f"{name}: the same from the second epoch on, cached", options.batch, cached, 100, TORCH)
            del steps, contestants
            gc.collect()
    ours.close()


def bf16(options):
    from . import runtimes, torch_peers

    ours = Training()
    name = "resnet50"
    try:
        ours.prepare(name, "inference", options.batch, options.threads, "bf16")
    except RuntimeError as refusal:
        yield NotMeasured(f"{name}: inference in bf16", str(refusal))
        return
    steps = torch_steps(name, "inference", options)
    steps.update(runtimes.steps(name, options.batch, options.threads))
    steps.update({f"{k} bf16": v for k, v in runtimes.steps(name, options.batch, options.threads, bf16=True).items()})
    steps["torch bf16"] = torch_peers.step(name, "inference", torch_peers.LAYOUTS["torch channels_last"], options.batch, bf16=True)
    times = in_turns({"Thaw": ours.seconds, **timed(steps)}, options.rounds)
    full = [k for k in times if k != "Thaw" and not k.endswith("bf16")]
    yield rate_row(f"{name}: inference in bf16 against float32", options.batch, {k: times[k] for k in ["Thaw", *full]}, 2.0, full)
    half = [k for k in times if k.endswith("bf16")]
    yield rate_row(f"{name}: inference in bf16", options.batch, {k: times[k] for k in ["Thaw", *half]}, 1.0, ["OpenVINO bf16"])
    ours.close()


def pictures(options):
    """One core each."""
    import io

    import torch
    from PIL import Image

    from . import torch_peers

    if not options.data:
        return
    paths = sorted(pathlib.Path(options.data).rglob("*.jpg"))
    files = [path.read_bytes() for path in paths]
    opened = lambda data: Image.open(io.BytesIO(data)).convert("RGB")
    train, val = torch_peers.train_transform(), torch_peers.val_transform()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    ours = Program("imaging", *paths)
    works = {
        "train": ("train transforms, JPEG to tensor", 2.0, lambda: [train(opened(d)) for d in files]),
        "val": ("validation transforms, JPEG to tensor", None, lambda: [val(opened(d)) for d in files]),
    }
    for work, (title, aim, theirs) in works.items():
        contestants = {"Thaw": lambda: ours.seconds(work), "torchvision + Pillow": lambda: seconds(theirs)}
        in_turns(contestants, 1)
        yield rate_row(f"{title}, one core", len(files), in_turns(contestants, options.rounds), aim)
    ours.close()
    torch.set_num_threads(threads)


def epochs(options):
    from . import torch_peers

    if not options.data:
        return
    ours = Training()
    for frozen, aim in ((True, 2.0), (False, 1.5)):
        contestants = {}
        for peer, layout in torch_peers.LAYOUTS.items():
            for workers in (0, options.threads):
                run, count = torch_peers.epoch(options.data, "resnet18", frozen, options.batch, workers, layout)
                contestants[f"{peer}, {workers} workers"] = lambda run=run: seconds(run)
        if not options.is_quick:
            # The two that lose in a first round needn't run in all of them.
            first = in_turns(contestants, 1)
            for name in sorted(first, key=lambda name: first[name][0])[2:]:
                del contestants[name]
        ours.prepare_epoch(options.data, "resnet18", frozen, options.batch, options.threads)
        times = in_turns({"Thaw": ours.seconds, **contestants}, options.rounds)
        title = "frozen trunk, first epoch, nothing cached" if frozen else "all layers"
        yield rate_row(f"resnet18: a whole epoch of {count} photographs from files, {title}", count, times, aim)
    ours.close()


def memory(options):
    """Each in a process of its own, three steps."""
    ours = Training()
    ours.prepare("resnet50", "training", options.batch, options.threads)
    for _ in range(3):
        ours.seconds()
    mine = ours.peak_memory()
    ours.close()
    theirs = {}
    for peer in TORCH:
        program = (
            "import resource, sys, torch\n"
            "from compare import torch_peers\n"
            f"torch.set_num_threads({options.threads})\n"
            f"step = torch_peers.step('resnet50', 'training', torch_peers.LAYOUTS[{peer!r}], {options.batch})\n"
            "for _ in range(4): step()\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n")
        done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=pathlib.Path(__file__).parents[1])
        theirs[peer] = int(done.stdout.split()[-1]) * 1024
    least = min(theirs, key=theirs.get)
    listed = ", ".join(f"{peer} {size / 2**20:.0f} MiB" for peer, size in theirs.items())
    yield Row(
        "resnet50: peak memory of training, batch 16", f"{mine / 2**20:.0f} MiB", listed, mine / theirs[least], 0.8, least, is_share=True)
