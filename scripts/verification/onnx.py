"""Exported networks in ONNX Runtime against Thaw's own logits, and against PyTorch's.

Run: python scripts/verification/onnx.py [NAME ...] > docs/verification/onnx.md
"""
import sys

# This file's name is the library's: the library is looked for elsewhere.
sys.path = [path for path in sys.path if not path.endswith("verification")]
import onnx, onnxruntime
sys.path.insert(0, __file__.rsplit("/", 1)[0])
import torch
from support import NAMES, SIDE, last_part, logits, model, pictures, scratch, thaw

# Heads and layers that no architecture has, as cells that change `net`.
EXTRA = {
    "resnet18 with a concat-pooling head": ("resnet18", "net.avgpool = AdaptiveConcatPool2d(1)\nnet.fc = [Dropout(0.5), Linear(32), GELU, LayerNorm, Linear(7)]"),
    "resnet18 with flat features normalised": ("resnet18", "net.fc = [BatchNorm1d, Dropout(0.25), Linear(16), ReLU, BatchNorm1d, Linear(7)]"),
    "resnet18 with uneven pooling": ("resnet18", "net.avgpool = AdaptiveAvgPool2d(2)\nnet.fc = Linear(7)"),
    "every kind of layer": (None, "net = Sequential(Conv2d(8, 3, stride=2, padding=same), BatchNorm2d, ReLU6, ChannelShuffle(2), "
        "AvgPool2d(3, 2, 1, ceil_mode=true, count_include_pad=false), SiLU, Conv2d(12, kernel_size=[3, 5], padding=[1, 2], dilation=[1, 2], groups=4), Hardswish, "
        f"Hardsigmoid, MaxPool2d(3, 2, ceil_mode=true), Sigmoid, AdaptiveAvgPool2d([3, 2]), Tanh, Flatten, LayerNorm, Linear(5, bias=false), GELU, Linear(7), input_size={SIDE})"),
    "resnet18 with uneven maximum pooling": ("resnet18", "net.avgpool = AdaptiveMaxPool2d([2, 2])\nnet.fc = [Tanh, Linear(7)]"),
}


def run(file, inputs):
    onnx.checker.check_model(file, full_check=True)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return torch.from_numpy(session.run(None, {"input": inputs.numpy()})[0])


def main(names):
    print(f"# Exported networks in ONNX Runtime {onnxruntime.__version__}\n")
    print(f"The largest difference of a logit over three pictures of {SIDE}×{SIDE} pixels. Each file passes the checker of `onnx` {onnx.__version__}. Made by `scripts/verification/onnx.py`.\n")
    print("| network | largest logit | to Thaw | to PyTorch |\n|---|---|---|---|")
    is_good = True
    for name in names + list(EXTRA):
        architecture, cells = EXTRA.get(name, (name, ""))
        net = model(architecture) if architecture else None
        with scratch() as folder, torch.no_grad():
            inputs = pictures(folder)
            make, last = cells, "17"
            if net is not None:
                torch.save(net.state_dict(), f"{folder}/w.pth")
                make, last = f'net = {architecture}(weights="w.pth", input_size={SIDE})\n{cells}', last_part(net)
            ours = logits(make + '\nexport net to "net.onnx"', last, folder)
            found = run(f"{folder}/net.onnx", inputs)
            largest = ours.abs().max().item()
            to_thaw = (found - ours).abs().max().item()
            to_torch = (found - net(inputs)).abs().max().item() if not cells else None
            is_good = is_good and to_thaw < 1e-3 * max(1, largest) and (to_torch is None or to_torch < 1e-3 * max(1, largest))
            print(f"| {name if cells else f'`{name}`'} | {largest:.3g} | {to_thaw:.1e} | {'–' if to_torch is None else f'{to_torch:.1e}'} |", flush=True)
    return is_good


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:] or NAMES) else 1)
