"""Compares inference and training with PyTorch, ONNX Runtime and OpenVINO: in turns in one run, medians.

    python Benchmarks/training/run.py [--models resnet18,...] [--works inference,head,training,cached] [--batch 16] [--threads 2]
                                      [--repeats 5] [--compile] [--bf16] [--backend onednn|openblas]

Random weights and inputs, 224x224. Wants torch and torchvision; onnxruntime (with onnx) and openvino join where they are installed.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--models", default="resnet18,resnet50,mobilenet_v2")
parser.add_argument("--works", default="inference,head,training,cached")
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--repeats", type=int, default=5)
parser.add_argument("--compile", action="store_true")
parser.add_argument("--bf16", action="store_true")
parser.add_argument("--backend", default="onednn")
options = parser.parse_args()
os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))

try:
    import tvpatch  # noqa: F401  (declares torchvision's operators where its binary doesn't fit this torch)
except ImportError:
    pass
import torch
import torchvision

HERE = pathlib.Path(__file__).resolve().parent
torch.set_num_threads(options.threads)
torch.manual_seed(0)


def build(name):
    if name == "efficientnet_lite0":
        import timm

        return timm.create_model("tf_efficientnet_lite0")
    return getattr(torchvision.models, name)(weights=None)


def head_of(model):
    return model.fc if hasattr(model, "fc") else model.classifier[-1] if isinstance(model.classifier, torch.nn.Sequential) else model.classifier


def torch_step(name, work, layout, compiled=False):
    """One repetition of the work, as a function."""
    model = build(name).to(memory_format=layout)
    x = torch.rand(options.batch, 3, 224, 224).to(memory_format=layout)
    if work == "inference":
        model.eval()
        run = torch.compile(model) if compiled else model

        def infer():
            with torch.inference_mode():
                run(x)

        return infer
    model.train()
    if work != "training":
        for parameter in model.parameters():
            parameter.requires_grad = False
        for parameter in head_of(model).parameters():
            parameter.requires_grad = True
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1e-3, momentum=0.9)
    targets = torch.arange(options.batch) % 1000
    run = torch.compile(model) if compiled else model

    def step():
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(run(x), targets).backward()
        optimizer.step()

    return step


def runtime_steps(name):
    """ONNX Runtime and OpenVINO, where they are installed."""
    try:
        import onnxruntime
    except ImportError:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/model.onnx"
        x = torch.rand(options.batch, 3, 224, 224)
        torch.onnx.export(build(name).eval(), (x,), path, dynamo=False, input_names=["x"])
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        yield "ONNX Runtime", lambda: session.run(None, {"x": x.numpy()})
        try:
            import openvino
        except ImportError:
            return
        core = openvino.Core()
        model = core.compile_model(
            core.read_model(path), "CPU", {"INFERENCE_NUM_THREADS": options.threads, "INFERENCE_PRECISION_HINT": "f32"})
        yield "OpenVINO", lambda: model(x.numpy())


def seconds(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


class Ours:
    def __init__(self):
        subprocess.run(["swift", "build", "-c", "release", "--package-path", HERE], check=True, stdout=sys.stderr)
        self.process = subprocess.Popen(
            [HERE / ".build/release/training-benchmark"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def prepare(self, name, work, precision):
        self.ask(f"prepare {name} {work} {options.batch} {options.threads} {precision} {options.backend}")

    def seconds(self):
        return float(self.ask("go")[0])


ours = Ours()
print(f"batch {options.batch}, {options.threads} threads, float32, {options.repeats} rounds in turns, torch {torch.__version__}, images/s (medians)\n")
print("| model | work | Thaw | peers | against the best |\n|---|---|---|---|---|", flush=True)
for name in options.models.split(","):
    for work in options.works.split(","):
        peers = {
            "torch": torch_step(name, work, torch.contiguous_format),
            "torch channels_last": torch_step(name, work, torch.channels_last),
        }
        if options.compile:
            peers["torch.compile"] = torch_step(name, work, torch.contiguous_format, compiled=True)
        if work == "inference":
            peers.update(runtime_steps(name))
        for step in list(peers.values()):
            step()
        ours.prepare(name, work, "bf16" if options.bf16 else "float32")
        times = {peer: [] for peer in ["Thaw", *peers]}
        for _ in range(options.repeats):
            times["Thaw"].append(ours.seconds())
            for peer, step in peers.items():
                times[peer].append(seconds(step))
        rate = {peer: options.batch / statistics.median(values) for peer, values in times.items()}
        best = max(rate[peer] for peer in peers)
        listed = ", ".join(f"{peer} {rate[peer]:.1f}" for peer in peers)
        print(f"| {name} | {work} | {rate['Thaw']:.1f} | {listed} | {rate['Thaw'] / best:.2f}x |", flush=True)
