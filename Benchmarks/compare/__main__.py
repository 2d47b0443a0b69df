"""python -m compare [OPTIONS]: see Benchmarks/run."""

import argparse
import datetime
import os
import pathlib
import platform
import subprocess
import sys

from .rounds import HEAD

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECTIONS = ["networks", "bf16", "pictures", "epochs", "memory", "kernel"]


def parsed():
    parser = argparse.ArgumentParser(prog="Benchmarks/run")
    parser.add_argument("--data")
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--models", default="resnet18,resnet50,vgg16,mobilenet_v2,efficientnet_lite0")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", dest="is_quick", action="store_true", help="leave out torch.compile")
    parser.add_argument("--output", default=str(ROOT / "docs/benchmarks.md"))
    parser.add_argument("--print", dest="prints_only", action="store_true", help="write no file")
    parser.add_argument("--rows", dest="rows_only", action="store_true", help="the rows alone, in this process")
    options = parser.parse_args()
    options.models = options.models.split(",")
    options.only = options.only.split(",")
    options.compiles = not options.is_quick
    test_data = os.environ.get("THAW_TEST_DATA")
    if options.data is None and test_data:
        options.data = os.path.join(test_data, "hymenoptera_data")
    if options.data and not os.path.isdir(os.path.join(options.data, "train")):
        sys.exit(f"{options.data} has no train folder")
    return options


def machine():
    """Cores and instructions, nothing that tells which machine it is."""
    flags = set()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("flags", "Features")):
            flags = set(line.split(":")[1].split())
            break
    known = [("avx2", "AVX2"), ("avx512f", "AVX-512"), ("avx512_bf16", "AVX-512 bf16"), ("amx_tile", "AMX"), ("asimd", "NEON")]
    sets = [title for flag, title in known if flag in flags]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{len(os.sched_getaffinity(0))} cores, {platform.machine()} with {', '.join(sets) or 'no vector instructions'}, {memory:.0f} GiB of memory"


def versions():
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for package in ["torch", "torchvision", "pillow", "onnxruntime", "openvino", "ipykernel"]:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def rows(options):
    """Measures the sections in this process and prints their rows."""
    # Before torch is imported: the runtimes read it once.
    os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))
    import torch

    from . import sections
    from .kernel import kernel

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    works = {name: getattr(sections, name) for name in SECTIONS if name != "kernel"} | {"kernel": kernel}
    for name in options.only:
        if name in ("pictures", "epochs") and not options.data:
            print(f"{name}: skipped, no --data and no THAW_TEST_DATA", file=sys.stderr)
            continue
        for row in works[name](options):
            print(row.markdown(), flush=True)


def measured(section, arguments):
    """The rows of one section, in a process of its own: the peers' libraries share memory and threads less peacefully than processes do, and one that
    crashes costs its own rows alone. Whether all went well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "compare", *arguments, "--only", section, "--rows"], stdout=subprocess.PIPE, text=True, cwd=pathlib.Path(__file__).parents[1])
    found = []
    for line in process.stdout:
        found.append(line.rstrip("\n"))
        print(found[-1], flush=True)
    status = process.wait()
    if status != 0:
        print(f"{section}: ended with status {status}", file=sys.stderr, flush=True)
    return found, status == 0


def main():
    options = parsed()
    if options.rows_only:
        rows(options)
        return 0
    text = [
        "# Benchmarks",
        "",
        "Made by `Benchmarks/run`; every figure of a row was measured in turns with the others of that row. The ratios are what counts: absolute figures",
        "belong to the machine.",
        "",
        f"{datetime.date.today().isoformat()}: {machine()}. {versions()}.",
        f"Networks at 224×224, batch {options.batch}, float32 unless said, {options.threads} threads, images/s (medians of {options.rounds} rounds).",
        "",
        HEAD,
    ]
    print("\n".join(text), flush=True)
    well = True
    for section in options.only:
        found, went_well = measured(section, sys.argv[1:])
        text += found
        well = well and went_well
        if not options.prints_only:
            target = pathlib.Path(options.output)
            temporary = target.with_suffix(".partial")
            temporary.write_text("\n".join(text) + "\n")
            temporary.replace(target)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
