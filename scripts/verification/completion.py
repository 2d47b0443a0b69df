"""How long Tab and Shift-Tab take with ResNet-152 in the session, at rest and while it trains: from the request to the reply, in a real client.

Run: python scripts/verification/completion.py > docs/verification/completion.md     (needs jupyter_client)
"""
import os, statistics, sys, tempfile, time
from pathlib import Path

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec

ROOT = Path(__file__).resolve().parents[2]
THAW = os.environ.get("THAW", str(ROOT / ".build/release/thaw"))
ROUNDS = int(os.environ.get("ROUNDS", "20"))
# `|` is the cursor.
PLACES = [
    "|", "tr|", "delete |", "train |", "train net on |", "train net on bees |", "train optimizer=|", "net.|", "net.lay|", "net.layer3.35.|",
    "net.layer3.35.conv2.|", "net.**.conv|", "net.**.wei|", "net.*.*.conv|", "freeze net.layer3.*.con|", "freeze net until |", "net.head = |", "net.conv3|",
    "bees.train.transform = [|", 'bees.train["|', "trainer.|", "set |", "show |", "help |", 'predict "|', 'x = SGD(groups={"|', "net.state_dict.|", "x = |",
]
INSPECTED = ["tra|in net", "net.layer3.35.con|v2", "net.layer4.2.conv3.wei|ght", "be|es", "train net on bees ep|ochs=5", "n|et", "trainer.l|r"]


class Manager(KernelManager):
    @property
    def kernel_spec(self):
        return KernelSpec(argv=[THAW, "kernel", "--connection-file", "{connection_file}", "--no-history"], display_name="Thaw", language="thaw")


def split(marked):
    position = marked.index("|")
    return marked.replace("|", "", 1), position


def measure(client):
    """Milliseconds of each request, by what was asked."""
    times = {}
    for _ in range(ROUNDS):
        for ask, places in ((client.complete, PLACES), (client.inspect, INSPECTED)):
            for marked in places:
                code, position = split(marked)
                begin = time.perf_counter()
                reply = ask(code, position, reply=True, timeout=30)
                taken = 1000 * (time.perf_counter() - begin)
                content = reply["content"]
                assert content["status"] == "ok" and (content.get("matches") or content.get("found")), f"nothing at {marked}: {content}"
                times.setdefault(marked, []).append(taken)
    return times


def row(name, times):
    every = sorted(value for values in times.values() for value in values)
    worst = max(times, key=lambda marked: statistics.median(times[marked]))
    share = sum(value < 10 for value in every) / len(every)
    shown = worst.replace("|", "▏")
    print(f"| {name} | {len(every)} | {statistics.median(every):.2f} | {every[int(0.99 * (len(every) - 1))]:.2f} | {every[-1]:.2f} | {100 * share:.1f} % | "
          f"`{shown}` {statistics.median(times[worst]):.2f} |", flush=True)
    return all(statistics.median(values) < 10 for values in times.values())


def main():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "picture.png").touch()
        manager = Manager()
        manager.start_kernel(cwd=folder, env={**os.environ, "THAW_HOME": folder + "/.thaw"})
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        cells = f'bees = ImageFolder("{ROOT}/notebooks/data/clipart"); net = resnet152(); net.fc = Linear(classes)'
        assert client.execute_interactive(cells, timeout=60, output_hook=lambda _: None)["content"]["status"] == "ok"
        print("# Completion and inspection\n")
        print(f"Milliseconds from the request to the reply in a client on the same machine ({os.cpu_count()} processors), ResNet-152 in the session; "
              f"{len(PLACES)} places of completion and {len(INSPECTED)} of inspection, {ROUNDS} times each. The goal is 10 ms. Made by `scripts/verification/completion.py`.\n")
        print("| | requests | median | 99 % | longest | below 10 ms | the slowest place, its median |\n|---|---|---|---|---|---|---|")
        good = row("at rest", measure(client))
        request = client.execute("train net on bees epochs=1000 batch_size=8")
        begun = time.time()
        # Not before steps are made: compiling the plan is no training yet.
        while time.time() - begun < 120:
            message = client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") == request and message["msg_type"] == "comm_msg":
                break
        good &= row("while the whole network trains", measure(client))
        manager.interrupt_kernel()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
