"""A network that Thaw saved, loaded into PyTorch: same names, same shapes, same logits; as safetensors and as `.pth`.

Run: python scripts/verification/torch_reads.py [NAME ...]
"""
import sys, zipfile
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from support import CLASSES, SIDE, last_part, logits, model, pictures, scratch


def main(names):
    for name in names:
        net = model(name, seed=1)
        with scratch() as folder, torch.no_grad():
            inputs = pictures(folder)
            ours = logits(f'net = {name}(num_classes={CLASSES}, input_size={SIDE})\nsave net to "net.safetensors"\nsave net to "net.pth"\nsave net to "half.pth" dtype=bfloat16', last_part(net), folder)
            result = net.load_state_dict(load_file(f"{folder}/net.safetensors"), strict=True)
            difference = (net(inputs) - ours).abs().max().item()
            with safe_open(f"{folder}/net.safetensors", "pt") as file:
                metadata = sorted(file.metadata())
            print(f"{name}: safetensors: {result}, largest difference of a logit {difference:.1e}; metadata: {', '.join(metadata)}")
            damaged = zipfile.ZipFile(f"{folder}/net.pth").testzip()
            state = torch.load(f"{folder}/net.pth", weights_only=True)
            equal = list(state) == list(net.state_dict()) and all(torch.equal(a, b) for a, b in zip(state.values(), net.state_dict().values()))
            mapped = torch.load(f"{folder}/net.pth", weights_only=True, mmap=True)
            equal = equal and all(torch.equal(mapped[k], state[k]) for k in state)
            half = torch.load(f"{folder}/half.pth", weights_only=True)
            rounded = all(torch.equal(half[k], v.bfloat16() if v.is_floating_point() else v) for k, v in state.items())
            print(f"{name}: .pth: {net.load_state_dict(state, strict=True)}, {'the same names, order, types and bits' if equal else 'DIFFERENT'}, also mapped into memory; "
                  f"checksums {'sound' if damaged is None else 'WRONG'}; as bfloat16 {'rounded as PyTorch rounds' if rounded else 'WRONG'}")
            if difference > 1e-3 or not equal or not rounded or damaged is not None:
                return False
    return True


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:] or ["resnet18", "mobilenet_v3_small", "densenet121", "squeezenet1_1"]) else 1)
