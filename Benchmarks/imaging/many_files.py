"""Opens folders of many small pictures and measures time and memory of `thaw run`.

    python Benchmarks/imaging/many_files.py THAW [COUNT]

THAW is the built program. Makes COUNT (100,000) PNG files of 8 x 8 pixels in 100 classes below a temporary folder, half of them first, so
that memory can be told apart: what the program needs by itself, and what each file adds. Wants nothing but Python.
"""
import os
import pathlib
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zlib

thaw = os.path.abspath(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
classes = 100


def png(seed):
    """A grey picture of 8 x 8 pixels, another for each seed."""
    rows = b"".join(b"\0" + bytes((seed * 31 + x * 7 + y * 13) % 256 for x in range(8)) for y in range(7)) + b"\0" + struct.pack(">Q", seed)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def fill(root, numbers):
    for number in numbers:
        (root / f"class{number % classes:03}" / f"{number:06}.png").write_bytes(png(number))


def run(cells, folder):
    """Seconds and peak megabytes of a session of these cells."""
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        result = subprocess.run([thaw, "run", "-"], input=cells, text=True, capture_output=True)
        sys.stderr.write(result.stderr)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        (pathlib.Path(folder) / "peak").write_text(f"{result.returncode} {peak}")
        os._exit(0)
    start = time.perf_counter()
    os.waitpid(pid, 0)
    seconds = time.perf_counter() - start
    status, peak = (pathlib.Path(folder) / "peak").read_text().split()
    if status != "0":
        sys.exit(f"the session failed:\n{cells}")
    return seconds, float(peak)


with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder) / "many"
    for label in range(classes):
        (root / f"class{label:03}").mkdir(parents=True)
    opened = 'many = ImageFolder("many", split=20%)\n'
    work = {
        "an empty session": "",
        "open, list and split": opened,
        "... and one batch of 64": opened + "many.train.transform = [RandomCrop(8, padding=1), ToTensor]\nshow batch many.train n=64\n",
        "... and the report": opened + "show many\n",
    }
    print("| session | files | seconds | peak MB |\n|---|---|---|---|")
    for label, numbers in (("half", range(count // 2)), ("all", range(count // 2, count))):
        fill(root, numbers)
        files = count // 2 if label == "half" else count
        for name, cells in work.items():
            seconds, peak = run(cells, folder)
            print(f"| {name} | {files:,} | {seconds:.2f} | {peak:.0f} |", flush=True)
