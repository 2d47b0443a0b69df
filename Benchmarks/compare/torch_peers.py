"""PyTorch's side: networks, one repetition of each kind of work, and whole epochs with its DataLoader."""

import pathlib
import re
import sys

import torch
from torch import nn

LAYOUTS = {"torch": torch.contiguous_format, "torch channels_last": torch.channels_last}


def import_torchvision():
    """torchvision, with its binary's operators declared where that binary doesn't fit this torch: none of them is used here."""
    library = torch.library.Library("torchvision", "DEF")
    while True:
        try:
            import torchvision

            return torchvision, library
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if not missing:
                raise
            library.define(missing[1] + "(Tensor x) -> Tensor")
            for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
                del sys.modules[name]


torchvision, _library = import_torchvision()


class LiteBlock(nn.Module):
    """EfficientNet-Lite's inverted residual: TensorFlow's padding, ReLU6, no squeeze and excitation."""

    def __init__(self, channels, out, kernel, stride, expansion):
        super().__init__()
        wide = channels * expansion
        self.body = nn.Sequential(
            *(lite_unit(channels, wide, 1, 1, 1, True) if expansion > 1 else []),
            *lite_unit(wide, wide, kernel, stride, wide, True),
            *lite_unit(wide, out, 1, 1, 1, False),
        )
        self.has_shortcut = stride == 1 and channels == out

    def forward(self, x):
        return x + self.body(x) if self.has_shortcut else self.body(x)


def lite_unit(channels, out, kernel, stride, groups, activates):
    before = (kernel - stride) // 2
    after = kernel - stride - before
    uneven = [nn.ZeroPad2d((before, after, before, after))] if before != after else []
    padding = 0 if uneven else before
    layers = [*uneven, nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(out, eps=1e-3)]
    return layers + [nn.ReLU6(inplace=True)] if activates else layers


class EfficientNetLite0(nn.Sequential):
    STAGES = [(16, 3, 1, 1, 1), (24, 3, 2, 6, 2), (40, 5, 2, 6, 2), (80, 3, 2, 6, 3), (112, 5, 1, 6, 3), (192, 5, 2, 6, 4), (320, 3, 1, 6, 1)]

    def __init__(self, classes=1000):
        layers, channels = lite_unit(3, 32, 3, 2, 1, True), 32
        for out, kernel, stride, expansion, repeats in self.STAGES:
            for position in range(repeats):
                layers.append(LiteBlock(channels, out, kernel, stride if position == 0 else 1, expansion))
                channels = out
        super().__init__(*layers, *lite_unit(320, 1280, 1, 1, 1, True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2))
        self.classifier = nn.Linear(1280, classes)


def build(name, classes=1000):
    if name == "efficientnet_lite0":
        return EfficientNetLite0(classes)
    return getattr(torchvision.models, name)(weights=None, num_classes=classes)


def head_of(model):
    if hasattr(model, "fc"):
        return model.fc
    return model.classifier[-1] if isinstance(model.classifier, nn.Sequential) else model.classifier


def freeze_trunk(model):
    for parameter in model.parameters():
        parameter.requires_grad = False
    for parameter in head_of(model).parameters():
        parameter.requires_grad = True


def step(name, work, layout, batch, compiled=False, bf16=False):
    """One repetition of a work, as a function: inference, head (frozen trunk) or training (all layers)."""
    # A new head is for a few classes, as the tutorial's is for two.
    classes = 2 if work == "head" else 1000
    model = build(name, classes).to(memory_format=layout)
    x = torch.rand(batch, 3, 224, 224).to(memory_format=layout)
    run = torch.compile(model) if compiled else model
    if work == "inference":
        model.eval()

        def infer():
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                run(x)

        return infer
    model.train()
    if work == "head":
        freeze_trunk(model)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1e-3, momentum=0.9)
    targets = torch.arange(batch) % classes

    def train():
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(run(x), targets).backward()
        optimizer.step()

    return train


def normalize():
    return torchvision.transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def train_transform():
    t = torchvision.transforms
    return t.Compose([t.RandomResizedCrop(224), t.RandomHorizontalFlip(), t.ToTensor(), normalize()])


def val_transform():
    t = torchvision.transforms
    return t.Compose([t.Resize(256), t.CenterCrop(224), t.ToTensor(), normalize()])


def epoch(folder, name, frozen, batch, workers, layout):
    """One epoch over the training pictures from their files, as a function."""
    # A folder may hold other files than pictures of this kind: those are passed over on both sides.
    data = torchvision.datasets.ImageFolder(
        str(pathlib.Path(folder) / "train"), train_transform(), is_valid_file=lambda path: path.lower().endswith((".jpg", ".jpeg")))
    model = build(name, len(data.classes)).to(memory_format=layout)
    if frozen:
        freeze_trunk(model)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1e-3, momentum=0.9)
    loader = torch.utils.data.DataLoader(data, batch_size=batch, shuffle=True, num_workers=workers)

    def run():
        model.train()
        for pictures, labels in loader:
            optimizer.zero_grad(set_to_none=True)
            nn.functional.cross_entropy(model(pictures.to(memory_format=layout)), labels).backward()
            optimizer.step()

    return run, len(data)
