"""A network that Thaw saved, loaded into PyTorch: same names, same shapes, same logits.

Run: python scripts/verification/torch_reads.py [NAME ...]
"""
import sys
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from support import CLASSES, SIDE, last_part, logits, model, pictures, scratch


def main(names):
    for name in names:
        net = model(name, seed=1)
        with scratch() as folder, torch.no_grad():
            inputs = pictures(folder)
            ours = logits(f'net = {name}(num_classes={CLASSES}, input_size={SIDE})\nsave net to "net.safetensors"', last_part(net), folder)
            result = net.load_state_dict(load_file(f"{folder}/net.safetensors"), strict=True)
            difference = (net(inputs) - ours).abs().max().item()
            with safe_open(f"{folder}/net.safetensors", "pt") as file:
                metadata = sorted(file.metadata())
            print(f"{name}: {result}, largest difference of a logit {difference:.1e}; metadata: {', '.join(metadata)}")
            if difference > 1e-3:
                return False
    return True


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:] or ["resnet18", "mobilenet_v3_small", "densenet121", "squeezenet1_1"]) else 1)
