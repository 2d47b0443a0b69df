"""Runs both columns of docs/networks.md, block by block, and compares the networks after each: weights that aren't random, and what trains.

Run: python scripts/verification/side_by_side.py > docs/verification/side-by-side.md
"""
import contextlib, io, json, os, re, sys

import torch
from safetensors import safe_open
from support import ROOT, pictures, scratch, thaw

# Layers that each block draws afresh: their values are random on both sides.
FRESH = ("fc.",)


def sections(text):
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        blocks = dict(re.findall(r"^```(python|thaw)\n(.*?)^```", part, flags=re.M | re.S))
        yield part.splitlines()[0], blocks["python"], blocks["thaw"]


def lines(block):
    return sum(1 for line in block.splitlines() if line.strip())


def compare(net, file):
    """What differs between PyTorch's network and the one that Thaw saved, in words; empty if nothing does."""
    with safe_open(file, "pt") as saved:
        state = {name: saved.get_tensor(name) for name in saved.keys()}
        frozen = set(json.loads(saved.metadata()["thaw.freeze"])["frozen"])
    theirs = net.state_dict()
    differing = [n for n in theirs if not n.startswith(FRESH) and not torch.equal(theirs[n].float(), state[n].float())] if set(theirs) == set(state) else ["names"]
    trains = {n for n, p in net.named_parameters() if p.requires_grad}
    ours = {n for n, _ in net.named_parameters() if n not in frozen}
    shapes = [n for n in theirs if n in state and theirs[n].shape != state[n].shape]
    return "; ".join(text for text, bad in (("weights: " + ", ".join(differing[:3]), differing), ("shapes: " + ", ".join(shapes[:3]), shapes),
                                            ("trains: " + ", ".join(sorted(trains ^ ours)[:3]), trains ^ ours)) if bad)


def main():
    print("# The two columns of `docs/networks.md`\n\nLines that are written, without blank ones; and the networks afterwards: names, shapes, weights bit for bit where they "
          "aren't drawn afresh, and the set of parameters that train. Made by `scripts/verification/side_by_side.py`.\n")
    print("| block | PyTorch | Thaw | networks afterwards |\n|---|---|---|---|")
    blocks, total, good = list(sections((ROOT / "docs/networks.md").read_text())), [0, 0], True
    with scratch() as folder:
        os.chdir(folder)
        inputs = pictures(folder, 224)
        os.rename("pictures/val/a/0.png", "picture.png")
        torch.manual_seed(0)
        body = __import__("torchvision").models.resnet18()
        torch.save(body.state_dict(), "resnet18.pth")
        torch.save({"epoch": 3, "state_dict": {f"module.encoder.{k}": v * 2 for k, v in body.state_dict().items()}}, "wrapped.pth")
        thaw("".join(f'{ours}\nsave net to "after-{i}.safetensors"\n' for i, (_, _, ours) in enumerate(blocks)), folder)
        again = torch.load("mine.pth", weights_only=True)
        names = {"picture": inputs[:1]}
        for i, (title, theirs, ours) in enumerate(blocks):
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(theirs, title, "exec"), names)
            difference = compare(names["model"], f"after-{i}.safetensors")
            good = good and not difference
            total = [total[0] + lines(theirs), total[1] + lines(ours)]
            print(f"| {title} | {lines(theirs)} | {lines(ours)} | {difference or 'the same'} |", flush=True)
        last = names["model"].state_dict()
        good = good and set(again) == set(last) and all(again[n].dtype == last[n].dtype for n in last)
        print(f"\n{total[0]} lines and {total[1]}. Thaw's `mine.pth` has, by `torch.load(weights_only=True)`, {len(again)} tensors; PyTorch's network has {len(last)}.")
        return good


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
