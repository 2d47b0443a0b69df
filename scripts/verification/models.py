"""Logits of every architecture against torchvision's, from the same seeded weights in three formats.

Run: python scripts/verification/models.py [NAME ...] > docs/verification/models.md
"""
import sys
import torch
from safetensors.torch import save_file
from support import CLASSES, NAMES, SIDE, last_part, logits, model, parameters, pictures, scratch


def main(names):
    print(f"# Logits against torchvision {__import__('torchvision').__version__}\n")
    print(f"The largest difference of a logit over three pictures of {SIDE}×{SIDE} pixels, from seeded random weights and BatchNorm statistics, read from each format;")
    print(f"beside it the largest logit. Parameters are those of a network for {CLASSES} classes, counted on both sides. torchvision has no EfficientNet-Lite: its")
    print("counterpart is the model in `scripts/fixtures/models.py`. Made by `scripts/verification/models.py`.\n")
    print("| network | parameters | PyTorch's | largest logit | `.pth` (zip) | `.pth` (legacy) | safetensors |\n|---|---|---|---|---|---|---|")
    worst, miscounted = 0.0, []
    for name in names:
        net = model(name)
        with scratch() as folder, torch.no_grad():
            inputs = pictures(folder)
            wanted = net(inputs)
            state = net.state_dict()
            torch.save(state, f"{folder}/zip.pth")
            torch.save(state, f"{folder}/legacy.pth", _use_new_zipfile_serialization=False)
            save_file({k: v.contiguous() for k, v in state.items()}, f"{folder}/tensors.safetensors")
            row = []
            for file in ("zip.pth", "legacy.pth", "tensors.safetensors"):
                found = logits(f'net = {name}(weights="{file}", input_size={SIDE})', last_part(net), folder)
                row.append((found - wanted).abs().max().item())
            largest = wanted.abs().max().item()
            worst = max(worst, max(row) / max(1.0, largest))
            ours, theirs = parameters(f"net = {name}(num_classes={CLASSES})", folder), sum(p.numel() for p in net.parameters())
            if ours != theirs:
                miscounted.append(name)
            print(f"| `{name}` | {ours:,} | {theirs:,} | {largest:.3g} | " + " | ".join(f"{d:.1e}" for d in row) + " |", flush=True)
    print(f"\nThe worst difference, relative to the largest logit where that is above 1: {worst:.1e}. "
          + (f"Counted otherwise: {', '.join(miscounted)}." if miscounted else "Every count is equal."))
    return worst < 1e-3 and not miscounted


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:] or NAMES) else 1)
