"""Compares the data path with torchvision over Pillow, on one core each, in turns: medians of the ratios of pairs.

    python Benchmarks/imaging/run.py FOLDER [PAIRS]

FOLDER holds JPEG files (at any depth). Wants torch, torchvision and Pillow; builds ours in release mode beside itself.
"""
import io
import pathlib
import statistics
import subprocess
import sys
import time

try:
    import tvpatch  # noqa: F401  (declares torchvision's operators where its binary doesn't fit this torch)
except ImportError:
    pass
import torch
import torchvision
from PIL import Image
from torchvision import transforms as T

HERE = pathlib.Path(__file__).resolve().parent
paths = sorted(p for p in pathlib.Path(sys.argv[1]).rglob("*.jpg"))
pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 7
torch.set_num_threads(1)
subprocess.run(["swift", "build", "-c", "release", "--package-path", HERE], check=True, stdout=sys.stderr)
ours = subprocess.Popen(
    [HERE / ".build/release/imaging-benchmark", *map(str, paths)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

files = [p.read_bytes() for p in paths]
normalize = T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
train = T.Compose([T.RandomResizedCrop(224), T.RandomHorizontalFlip(), T.ToTensor(), normalize])
val = T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor(), normalize])
opened = lambda data: Image.open(io.BytesIO(data)).convert("RGB")
decoded = [opened(d) for d in files]
theirs = {
    "train": lambda: [train(opened(d)) for d in files] and None,
    "val": lambda: [val(opened(d)) for d in files] and None,
    "decode": lambda: [opened(d) for d in files] and None,
    "resize": lambda: [i.resize((224, 224), Image.BILINEAR) for i in decoded] and None,
    "bicubic": lambda: [i.resize((224, 224), Image.BICUBIC) for i in decoded] and None,
}


def our_seconds(work):
    ours.stdin.write(work + "\n")
    ours.stdin.flush()
    return float(ours.stdout.readline().split()[0])


def their_seconds(work):
    start = time.perf_counter()
    theirs[work]()
    return time.perf_counter() - start


print(f"{len(files)} pictures, Pillow {Image.__version__}, torchvision {torchvision.__version__}, {pairs} pairs, images/s (medians)\n")
print("| work | torchvision + Pillow | Thaw | ratio |\n|---|---|---|---|")
for work in theirs:
    our_seconds(work), their_seconds(work)
    times = [(our_seconds(work), their_seconds(work)) for _ in range(pairs)]
    mine, other = (len(files) / statistics.median(t[i] for t in times) for i in (0, 1))
    print(f"| {work} | {other:.0f} | {mine:.0f} | {statistics.median(b / a for a, b in times):.2f} |", flush=True)
ours.stdin.close()
ours.wait()
