"""What the verification scripts share: PyTorch's models with seeded weights, pictures, and cells run through `thaw run`.

Needs torch, torchvision, safetensors, onnxruntime, numpy and pillow; the tests of the project need none of them.
"""
import importlib.util, os, subprocess, sys, tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

# torchvision beside a CPU build of torch asks for operators that only its C++ library defines; none of them is used here.
_library = torch.library.Library("torchvision", "DEF")
for _schema in ("nms(Tensor d, Tensor s, float t) -> Tensor", "qnms(Tensor d, Tensor s, float t) -> Tensor",
                "roi_align(Tensor i, Tensor r, float s, SymInt h, SymInt w, int n, bool a) -> Tensor"):
    try:
        _library.define(_schema)
    except RuntimeError:
        pass
import torchvision

ROOT = Path(__file__).resolve().parents[2]
THAW = os.environ.get("THAW", str(ROOT / ".build/release/thaw"))
CLASSES, SIDE, PICTURES = 7, 96, 3
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
NAMES = """resnet18 resnet34 resnet50 resnet101 resnet152 resnext50_32x4d wide_resnet50_2 alexnet vgg11 vgg11_bn vgg13 vgg13_bn vgg16
vgg16_bn vgg19 vgg19_bn squeezenet1_0 squeezenet1_1 densenet121 densenet161 densenet169 densenet201 mobilenet_v2 mobilenet_v3_small
mobilenet_v3_large efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 shufflenet_v2_x0_5
shufflenet_v2_x1_0 googlenet mnasnet0_5 mnasnet1_0 efficientnet_lite0 efficientnet_lite1 efficientnet_lite2""".split()
# Repeats and widths of the stages: torchvision has no EfficientNet-Lite.
LITE = {"efficientnet_lite0": ((1, 2, 2, 3, 3, 4, 1), (16, 24, 40, 80, 112, 192, 320)),
        "efficientnet_lite1": ((1, 3, 3, 4, 4, 5, 1), (16, 24, 40, 80, 112, 192, 320)),
        "efficientnet_lite2": ((1, 3, 3, 4, 4, 5, 1), (16, 24, 48, 88, 120, 208, 352))}


def lite(name):
    """EfficientNet-Lite as the fixtures' script builds it in PyTorch, from the published description."""
    # It imports what lies beside it.
    folder = str(ROOT / "scripts/fixtures")
    sys.path.insert(0, folder)
    try:
        spec = importlib.util.spec_from_file_location("fixtures", f"{folder}/models.py")
        fixtures = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(fixtures)
    finally:
        sys.path.remove(folder)
    return fixtures.Lite(CLASSES, *LITE[name])


def model(name, seed=0):
    """The network in PyTorch with seeded weights, and BatchNorm statistics that are not the trivial ones."""
    torch.manual_seed(seed)
    options = {"aux_logits": False} if name == "googlenet" else {}
    net = lite(name) if name in LITE else getattr(torchvision.models, name)(weights=None, num_classes=CLASSES, **options)
    norms = [module for module in net.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.weight.uniform_(0.7, 1.3)
            norm.bias.normal_(0, 0.1)
            norm.momentum = 1.0
        # The statistics of pictures as different as the ones to come, so that signals neither grow nor vanish. Plain noise would not do: averaged
        # over deep layers it is the same everywhere, and dividing by its deviation makes rounding errors of other pictures large.
        if norms:
            net.train()(torch.cat([
                torch.nn.functional.interpolate(torch.randn(1, 3, side, side) * (0.5 + n % 3) + torch.randn(1, 3, 1, 1), SIDE, mode="bicubic")
                for n, side in enumerate((2, 3, 4, 6, 8, 12, 16, 24) * 3)]))
    return net.eval()


def pictures(folder, side=SIDE):
    """A data set of random pictures, and what they are as tensors."""
    random = np.random.default_rng(7)
    tensors = []
    for number in range(PICTURES):
        low = random.integers(0, 256, (side // 8, side // 8, 3), dtype=np.uint8)
        image = Image.fromarray(low).resize((side, side), Image.BICUBIC)
        for part in ("train", "val"):
            target = Path(folder) / "pictures" / part / "a"
            target.mkdir(parents=True, exist_ok=True)
            image.save(target / f"{number}.png")
            other = Path(folder) / "pictures" / part / "b"
            other.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (side, side)).save(other / "black.png")
        tensors.append((torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255 - MEAN) / STD)
    return torch.stack(tensors)


def thaw(cells, folder):
    """Runs cells; what they print."""
    file = Path(folder) / "cells.thaw"
    file.write_text(cells)
    done = subprocess.run([THAW, "run", str(file)], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "THAW_HOME": f"{folder}/.thaw", "THAW_WEIGHTS_URL": "http://127.0.0.1:9"})
    if done.returncode != 0:
        raise SystemExit(f"thaw failed:\n{cells}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def logits(net_cell, last, folder, side=SIDE):
    """The logits of the pictures of `pictures`, from a network that the cell makes as `net`."""
    from safetensors.torch import load_file
    thaw(f"""data = ImageFolder("pictures")
data.val.transform = [CenterCrop({side}), ToTensor, Normalize(imagenet)]
{net_cell}
embed net.{last} on data.val to "logits.safetensors"
""", folder)
    return load_file(f"{folder}/logits.safetensors")["features"][:PICTURES]


def parameters(net_cell, folder):
    """How many learned values Thaw counts in the network that the cell makes as `net`."""
    line = next(line for line in thaw(f"{net_cell}\nnet", folder).splitlines() if line.startswith("parameters"))
    return int(line.split()[1].rstrip(",").replace(",", ""))


def scratch():
    return tempfile.TemporaryDirectory(prefix="thaw-verification-")


def last_part(net):
    """The name of the part that gives the logits."""
    return [name for name, _ in net.named_children()][-1]
