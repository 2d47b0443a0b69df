"""The kernel beside ipykernel: from its start to the first reply, and the round trip of a trivial cell."""

import os
import pathlib
import queue
import shutil
import statistics
import sys
import time

from .rounds import Row

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / ".build/release/thaw"


def program():
    """What Jupyter would start, or `None`."""
    found = os.environ.get("THAW_PROGRAM") or (str(PROGRAM) if PROGRAM.exists() else shutil.which("thaw"))
    return found


class Session:
    def __init__(self, command):
        import zmq
        from jupyter_client import KernelManager
        from jupyter_client.kernelspec import KernelSpec

        self.manager = KernelManager()
        # A kernel that is ready between two attempts to connect should not have to wait for the second.
        self.manager.context.setsockopt(zmq.RECONNECT_IVL, 5)
        self.manager._kernel_spec = KernelSpec(argv=command, display_name="", language="")
        begun = time.perf_counter()
        self.manager.start_kernel()
        self.client = self.manager.client(context=self.manager.context)
        self.client.start_channels(hb=False)
        number = self.client.kernel_info()
        while self.client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != number:
            pass
        self.start = time.perf_counter() - begun
        # A subscription takes its own time: what is published before it is there is lost.
        while True:
            self.client.kernel_info()
            try:
                self.client.get_iopub_msg(timeout=0.2)
                return
            except queue.Empty:
                continue

    def round_trip(self, code):
        """Seconds until both the reply and the kernel's idle status are there."""
        begun = time.perf_counter()
        number = self.client.execute(code)
        while self.client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != number:
            pass
        while True:
            message = self.client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") == number and message["content"].get("execution_state") == "idle":
                return time.perf_counter() - begun

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def kernel(options):
    path = program()
    if path is None:
        print("kernel: skipped, there is no .build/release/thaw (swift build -c release)", file=sys.stderr)
        return
    commands = {
        "Thaw": [path, "kernel", "--connection-file", "{connection_file}"],
        "ipykernel": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    }
    starts, trips = {name: [] for name in commands}, {name: [] for name in commands}
    for _ in range(max(options.rounds, 5)):
        for name, command in commands.items():
            session = Session(command)
            starts[name].append(session.start)
            for _ in range(5):
                session.round_trip("1 + 1")
            trips[name].append(statistics.median(session.round_trip("1 + 1") for _ in range(40)))
            session.close()
    for title, times, aim in (("start of the kernel to its first reply", starts, 5.0), ("round trip of a trivial cell", trips, 3.0)):
        ratio = statistics.median(b / a for a, b in zip(times["Thaw"], times["ipykernel"]))
        milliseconds = {name: f"{statistics.median(values) * 1e3:.1f} ms" for name, values in times.items()}
        yield Row(title, milliseconds["Thaw"], f"ipykernel {milliseconds['ipykernel']}", ratio, aim, "ipykernel")
