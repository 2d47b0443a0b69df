"""What the end-to-end tests share: the checkout's folders, a running kernel, and cells sent to it."""

import contextlib
import ctypes
import os
import platform
import queue
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

# The history of whoever runs the tests is none of their business, and they none of its.
_STATE = tempfile.TemporaryDirectory()
os.environ["XDG_STATE_HOME"] = _STATE.name

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
PICTURES = NOTEBOOKS / "data" / "clipart"
PROGRAMS = Path(sys.executable).parent
KERNEL = "thaw"
PATIENCE = 120

# Clients that are started as programs must find this environment's kernels and each other.
ENVIRONMENT = {**os.environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', '')}", "JUPYTER_PLATFORM_DIRS": "1"}

# A training that goes on for longer than any test looks at it; no weights are needed for it.
PREPARATION = f"""pictures = ImageFolder("{PICTURES}")
net = Sequential(conv=Conv2d(3, 8, kernel_size=3), relu=ReLU, pool=AdaptiveAvgPool2d(1), flatten=Flatten, fc=Linear(classes))"""
TRAINING = "train net on pictures epochs=2000 batch_size=16 optimizer=SGD(lr=0.01)"


@contextlib.contextmanager
def kernel(folder=NOTEBOOKS):
    """A manager and a connected client of a kernel that works in `folder`."""
    manager, client = start_new_kernel(kernel_name=KERNEL, startup_timeout=PATIENCE, cwd=str(folder))
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def connected(connection):
    """A client of a kernel that runs, with a session of its own; it has seen the kernel's greeting."""
    client = BlockingKernelClient()
    client.load_connection_info(connection)
    client.start_channels()
    # Not `wait_for_ready`: without a manager it takes a kernel whose heart is silent for a second for dead.
    greeting = client.get_iopub_msg(timeout=PATIENCE)
    assert greeting["msg_type"] == "iopub_welcome", greeting
    message_id = client.kernel_info()
    outputs_of(client, message_id)
    assert reply_to(client, message_id)["status"] == "ok"
    return client


class OwnProcess:
    """A kernel that no manager looks after: what becomes of the process is the test's business. It works and stores in a folder of its own, and
    ends with the tests, however they end."""

    def __init__(self, folder, connection_file=None, launcher=(), **environment):
        self.connection_file = str(connection_file or Path(tempfile.mkdtemp(dir=folder)) / "connection.json")
        self.connection = None
        if connection_file is None:
            self.connection = write_connection_file(self.connection_file, ip="127.0.0.1", key=secrets.token_bytes(32).hex().encode())[1]
        arguments = [word.format(connection_file=self.connection_file, resource_dir="") for word in KernelSpecManager().get_kernel_spec(KERNEL).argv]
        self.log = open(f"{self.connection_file}.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [*launcher, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if launcher else self.log, stderr=self.log, text=True,
            env={**ENVIRONMENT, "JPY_PARENT_PID": str(os.getpid()), "XDG_STATE_HOME": str(folder), "THAW_HOME": str(Path(folder) / ".thaw"), **environment},
        )

    def client(self):
        return connected(self.connection)

    def wait(self):
        """The process's status at its end."""
        return self.process.wait(PATIENCE)

    def logged(self):
        return Path(self.log.name).read_text(encoding="utf-8")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.log.close()


# The number of the system call that sends a signal to one thread, where it is known.
TGKILL = {"x86_64": 234, "aarch64": 131}.get(platform.machine())


def break_session_thread(process):
    """What a wild pointer in a native library does to the thread that runs cells."""
    tasks = Path(f"/proc/{process}/task")
    thread = next(int(task.name) for task in tasks.iterdir() if (task / "comm").read_text().strip() == "session")
    ctypes.CDLL(None).syscall(TGKILL, process, thread, signal.SIGSEGV)


def ask(client, kind, content=None, channel="shell"):
    """Sends a request of any kind.

    Returns its id."""
    message = client.session.msg(kind, content or {})
    getattr(client, f"{channel}_channel").send(message)
    return message["header"]["msg_id"]


def usage(client):
    """What the kernel's process uses: its number, its memory in bytes, ..."""
    message_id = ask(client, "usage_request", channel="control")
    while True:
        message = client.get_control_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") == message_id:
            return message["content"]


def reply_to(client, message_id, patience=PATIENCE):
    """The shell reply to one request, past replies to others."""
    deadline = time.monotonic() + patience
    while True:
        message = client.get_shell_msg(timeout=max(0.1, deadline - time.monotonic()))
        if message["parent_header"].get("msg_id") == message_id:
            return message["content"]


def outputs_of(client, message_id, patience=PATIENCE):
    """What a request published, in order, from busy to idle, without those two."""
    collected = []
    while True:
        message = client.get_iopub_msg(timeout=patience)
        if message["parent_header"].get("msg_id") != message_id:
            continue
        if message["msg_type"] == "status":
            if message["content"]["execution_state"] == "idle":
                return collected
            continue
        collected.append(message)


def run(client, code, patience=PATIENCE):
    """The reply and the outputs of a cell."""
    message_id = client.execute(code)
    outputs = outputs_of(client, message_id, patience)
    return reply_to(client, message_id, patience), outputs


def text_of(outputs):
    """All the plain text among outputs, one string."""
    pieces = []
    for message in outputs:
        content = message["content"]
        if message["msg_type"] == "stream":
            pieces.append(content["text"])
        elif message["msg_type"] in ("display_data", "update_display_data", "execute_result"):
            pieces.append(content["data"].get("text/plain", ""))
        elif message["msg_type"] == "error":
            pieces.append(content["evalue"])
    return "\n".join(pieces)


def wait_for_output(client, message_id, accepts, patience=PATIENCE):
    """Reads outputs of a running cell until one is accepted."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with contextlib.suppress(queue.Empty):
            message = client.get_iopub_msg(timeout=1)
            if message["parent_header"].get("msg_id") != message_id:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                raise AssertionError("the cell ended before it was expected to")
            if accepts(message):
                return message
    raise AssertionError(f"no such output within {patience} s")
