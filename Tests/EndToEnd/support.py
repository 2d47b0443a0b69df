"""What the end-to-end tests share: the checkout's folders, a running kernel, and cells sent to it."""

import contextlib
import os
import queue
import sys
import time
from pathlib import Path

from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
PICTURES = NOTEBOOKS / "data" / "clipart"
PROGRAMS = Path(sys.executable).parent
KERNEL = "thaw"
PATIENCE = 120

# Clients that are started as programs must find this environment's kernels and each other.
ENVIRONMENT = {**os.environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', '')}", "JUPYTER_PLATFORM_DIRS": "1"}


@contextlib.contextmanager
def kernel(folder=NOTEBOOKS):
    """A manager and a connected client of a kernel that works in `folder`."""
    manager, client = start_new_kernel(kernel_name=KERNEL, startup_timeout=PATIENCE, cwd=str(folder))
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


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
