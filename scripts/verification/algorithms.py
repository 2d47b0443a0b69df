"""What the fast ways of computing do to what a network learns: one network trained with plain summation only (`set exact true`), with whatever was measured to be
fastest (Winograd's convolutions among it), and with the frozen half in bf16 where the processor has it. Several seeds each; the seeds' spread is the noise.

Run: python scripts/verification/algorithms.py FOLDER > docs/verification/algorithms.md     (FOLDER: train/ and val/ of hymenoptera_data)

ResNet-18 because nearly all of its work is 3x3 convolutions; from random weights, since it is differences that count here, and in pictures of 128x128.
"""
import os, re, statistics, subprocess, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
THAW = os.environ.get("THAW", str(ROOT / ".build/release/thaw"))
SEEDS = [0, 1, 2]
WAYS = {
    "plain summation": "set exact true",
    "measured, Winograd among it": "set exact false",
    "measured, frozen part in bf16": "set exact false\nset precision bf16",
}
CELLS = """
set live false
set seed {seed}
{way}
bees = ImageFolder("{data}")
bees.train.transform = [RandomResizedCrop(128, scale=0.5..1), RandomHorizontalFlip, ToTensor, Normalize(imagenet)]
bees.val.transform = [Resize(144), CenterCrop(128), ToTensor, Normalize(imagenet)]
net = resnet18(input_size=128)
net.fc = Linear(classes)
train net on bees epochs=6 batch_size=16 optimizer=SGD(lr=0.01, momentum=0.9) keep=last
freeze net until layer3
train epochs=2 lr=0.002
evaluate
"""
ACCURACY = re.compile(r"^accuracy\W+\d+(?:\.\d+)?\s*%\s*\((\d+) of (\d+)", re.MULTILINE)
LOSS = re.compile(r"^loss\s+([0-9.]+)", re.MULTILINE)


def run(way, seed, data):
    """Accuracy, loss and seconds; or the refusal's text."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "cells.thaw").write_text(CELLS.format(seed=seed, way=way, data=data))
        begun = time.monotonic()
        done = subprocess.run(
            [THAW, "run", "cells.thaw"], cwd=folder, text=True, capture_output=True, env={**os.environ, "THAW_HOME": f"{folder}/.thaw"})
        seconds = time.monotonic() - begun
    if done.returncode != 0:
        if "precision bf16" in way:
            return None, next((line for line in (done.stdout + done.stderr).splitlines() if "bf16" in line and "set" not in line), "refused")
        sys.exit(done.stdout[-3000:] + done.stderr)
    right, count = map(int, ACCURACY.findall(done.stdout)[-1])
    return (right / count, float(LOSS.findall(done.stdout)[-1]), seconds), count


def main():
    data = Path(sys.argv[1]).resolve()
    rows, count = [], 0
    for title, way in WAYS.items():
        results = []
        for seed in SEEDS:
            result, told = run(way, seed, data)
            if result is None:
                rows.append(f"| {title} | not on this processor | | | |")
                print(f"{title}: {told}", file=sys.stderr)
                break
            count = told
            results.append(result)
            print(f"{title}, seed {seed}: {result[0]:.3f}, loss {result[1]:.4f}, {result[2]:.0f} s", file=sys.stderr, flush=True)
        if results:
            accuracies, losses, times = zip(*results)
            rows.append(
                f"| {title} | {', '.join(f'{a:.3f}' for a in accuracies)} | {statistics.mean(accuracies):.3f} | {statistics.mean(losses):.3f} | {statistics.mean(times):.0f} s |")
    print("# What the fast ways of computing do to what is learnt\n")
    print(f"ResNet-18 from random weights, ants and bees at 128×128: six epochs of all layers, then two with everything below `layer4` frozen; {count} validation")
    print("pictures, of which one is {:.2f} %. Made by `scripts/verification/algorithms.py`.\n".format(100 / count))
    print(f"| way | accuracy with seeds {', '.join(map(str, SEEDS))} | mean | mean loss | time |\n|---|---|---|---|---|")
    print("\n".join(rows))


main()
