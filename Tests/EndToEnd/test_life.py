"""The life of the kernel's process: how it ends, and what is left of a session whose process died."""

import json
import os
import queue
import re
import signal
import tempfile
import time
import unittest
from pathlib import Path

import zmq
from support import PATIENCE, PREPARATION, TGKILL, TRAINING, OwnProcess, ask, break_session_thread, outputs_of, reply_to, run, text_of, usage, wait_for_output

LATER_EPOCH = re.compile(r"epoch (?!1 )\d+ of")


def is_running(process):
    """Whether a process is there and no mere entry that its parent has not taken away yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.01)


class Life(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, **options):
        kernel = OwnProcess(self.folder, **options)
        self.addCleanup(kernel.close)
        return kernel

    def connect(self, kernel):
        client = kernel.client()
        self.addCleanup(client.stop_channels)
        return client

    def in_training(self):
        """A kernel, its client, and the id of a cell that trains."""
        kernel = self.start()
        client = self.connect(kernel)
        self.assertEqual(run(client, PREPARATION)[0]["status"], "ok")
        training = client.execute(TRAINING)
        # The live view tells when the first epoch is over, and stored.
        wait_for_output(client, training, lambda message: LATER_EPOCH.search(json.dumps(message["content"])))
        return kernel, client, training

    def test_the_termination_signal_ends_a_training(self):
        kernel, client, training = self.in_training()
        start = time.monotonic()
        kernel.process.send_signal(signal.SIGTERM)
        reply = reply_to(client, training)
        self.assertEqual(kernel.wait(), 0)
        print(f"\nSIGTERM during training: ended after {time.monotonic() - start:.2f} s", flush=True)
        self.assertEqual(reply["ename"], "Interrupted")

    def test_a_shutdown_ends_a_training(self):
        kernel, client, training = self.in_training()
        start = time.monotonic()
        shutdown = ask(client, "shutdown_request", {"restart": False}, "control")
        answer = client.get_control_msg(timeout=PATIENCE)
        self.assertEqual((answer["parent_header"]["msg_id"], answer["content"]), (shutdown, {"status": "ok", "restart": False}))
        self.assertEqual(kernel.wait(), 0)
        print(f"\nshutdown during training: ended after {time.monotonic() - start:.2f} s", flush=True)

    def test_the_interrupt_signal_ends_a_training_and_no_more(self):
        kernel, client, training = self.in_training()
        start = time.monotonic()
        for _ in range(2):
            kernel.process.send_signal(signal.SIGINT)
        self.assertEqual(reply_to(client, training)["status"], "error")
        print(f"\nSIGINT during training: answered after {time.monotonic() - start:.2f} s", flush=True)
        kernel.process.send_signal(signal.SIGINT)
        # The system says nothing of when a signal arrives: it must have, or it may rightly end the cell that is sent after it.
        time.sleep(1)
        usage(client)
        self.assertEqual(run(client, "train epochs=1")[0]["status"], "ok")

    def test_it_ends_with_who_started_it(self):
        kernel = self.start(launcher=["sh", "-c", 'JPY_PARENT_PID=$$ "$@" & echo $!; wait', "sh"])
        process = int(kernel.process.stdout.readline())
        client = self.connect(kernel)
        self.assertEqual(run(client, PREPARATION)[0]["status"], "ok")
        wait_for_output(client, client.execute(TRAINING), lambda message: "epoch" in text_of([message]))
        self.assertTrue(is_running(process))
        start = time.monotonic()
        kernel.process.kill()
        kernel.process.wait()
        wait_until(lambda: not is_running(process), "the kernel ends after its parent")
        print(f"\nparent killed during training: ended after {time.monotonic() - start:.2f} s", flush=True)

    def test_it_ends_at_once_where_another_listens(self):
        context = zmq.Context()
        self.addCleanup(context.destroy, linger=0)
        taken = context.socket(zmq.ROUTER)
        port = taken.bind_to_random_port("tcp://127.0.0.1")
        file = Path(self.folder) / "connection.json"
        file.write_text(json.dumps({
            "transport": "tcp", "ip": "127.0.0.1", "key": "k", "signature_scheme": "hmac-sha256",
            "shell_port": 0, "control_port": 0, "stdin_port": 0, "iopub_port": port, "hb_port": 0,
        }), encoding="utf-8")
        kernel = self.start(connection_file=file)
        self.assertEqual(kernel.wait(), 1)
        self.assertIn(f"bind tcp://127.0.0.1:{port}: Address already in use", kernel.logged())

    @unittest.skipIf(TGKILL is None, "the number of tgkill is not known here")
    def test_a_fatal_error_is_told_and_the_session_saved(self):
        for attempt in range(3):
            kernel, client, training = self.in_training()
            break_session_thread(kernel.process.pid)
            try:
                reply = reply_to(client, training, patience=30)
                break
            except queue.Empty:
                # The signal can meet the thread while it holds the allocator's lock: then the kernel can say nothing, but it ends.
                self.assertEqual(kernel.wait(), -signal.SIGSEGV)
                self.assertLess(attempt, 2, "three kernels died without a word")
        error = next(message["content"] for message in outputs_of(client, training) if message["msg_type"] == "error")
        self.assertEqual(kernel.wait(), -signal.SIGSEGV)
        self.assertEqual((reply["ename"], error["ename"]), ("KernelDied", "KernelDied"))
        self.assertIn("SIGSEGV", error["evalue"])
        print(f"\n{error['evalue']}", flush=True)
        command = error["evalue"].split("`")[1]
        self.assertTrue(command.startswith("load session from "), command)

        client = self.connect(self.start())
        self.assertEqual(run(client, "print net")[0]["status"], "error")
        self.assertEqual(run(client, command)[0]["status"], "ok")
        self.assertIn("net", text_of(run(client, "names")[1]))
        # The finished epochs of the cell that died are stored beside the session.
        reply, outputs = run(client, "resume epochs=1")
        self.assertEqual(reply["status"], "ok", text_of(outputs))
        self.assertRegex(text_of(outputs), r"from .*/checkpoints/.*, epoch \d+; 1 epoch to go")

    def test_a_kill_leaves_the_finished_epochs(self):
        """Nobody can speak after SIGKILL, which the system sends when memory runs out; the epochs are stored even so."""
        kernel, client, _ = self.in_training()
        os.kill(kernel.process.pid, signal.SIGKILL)
        self.assertEqual(kernel.wait(), -signal.SIGKILL)
        client = self.connect(self.start())
        self.assertEqual(run(client, PREPARATION)[0]["status"], "ok")
        reply, outputs = run(client, "resume epochs=1")
        self.assertEqual(reply["status"], "ok", text_of(outputs))


if __name__ == "__main__":
    unittest.main()
