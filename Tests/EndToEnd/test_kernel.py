"""A kernel as a user meets it: cells, mistakes, interruption, and messages that are not ones."""

import os
import time
import unittest

import zmq
from support import kernel, outputs_of, reply_to, run, text_of, wait_for_output

TRAINING = """
pictures = ImageFolder("data/clipart")
net = efficientnet_lite0(weights=imagenet)
freeze net
net.classifier.1 = Linear(classes)
"""


class Cells(unittest.TestCase):
    def setUp(self):
        context = kernel()
        self.manager, self.client = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def test_names_outlive_their_cell(self):
        self.assertEqual(run(self.client, "half = 21")[0]["status"], "ok")
        reply, outputs = run(self.client, "print half * 2")
        self.assertEqual(reply["status"], "ok")
        self.assertEqual(text_of(outputs).strip(), "42")

    def test_a_mistake_is_one_error_and_changes_nothing(self):
        run(self.client, "kept = 7")
        mistakes = [
            "frezze net",
            "kept = Linear(",
            'kept = ImageFolder("no/such/folder")',
            "kept = efficientnet_lite0(wieghts=imagenet)",
            'kept = resnet18(weights="no-such-file.pth")',
            "train",
            "\x00\x01\x02",
            "kept = " + "(" * 5000,
            "🦋 = = 3",
        ]
        for code in mistakes:
            with self.subTest(code=code[:40]):
                reply, outputs = run(self.client, code)
                self.assertEqual(reply["status"], "error")
                self.assertTrue(reply["ename"] and reply["evalue"] and reply["traceback"])
                self.assertEqual([message["msg_type"] for message in outputs].count("error"), 1)
        self.assertEqual(text_of(run(self.client, "print kept")[1]).strip(), "7")

    def test_messages_that_are_none_do_no_harm(self):
        information = self.manager.get_connection_info()
        address = f"{information['transport']}://{information['ip']}:"
        context = zmq.Context()
        self.addCleanup(context.destroy, linger=0)
        rubbish = [
            [b""],
            [b"<IDS|MSG>"],
            [b"<IDS|MSG>", b"", b"{", b"[", b"null", b"}"],
            [b"<IDS|MSG>", b"0" * 64, b'{"msg_type": "execute_request"}', b"{}", b"{}", b'{"code": "kept = 0"}'],
            [os.urandom(4096) for _ in range(8)],
        ]
        run(self.client, "kept = 7")
        for port in ("shell_port", "control_port", "stdin_port", "hb_port"):
            socket = context.socket(zmq.DEALER)
            socket.connect(f"{address}{information[port]}")
            for frames in rubbish:
                socket.send_multipart(frames)
        self.assertEqual(text_of(run(self.client, "print kept")[1]).strip(), "7")

    def test_the_kernel_answers_while_it_trains_and_keeps_what_it_learnt_when_interrupted(self):
        self.assertEqual(run(self.client, TRAINING)[0]["status"], "ok")
        training = self.client.execute("train net on pictures epochs=5000 lr=0.001 cache=false")
        wait_for_output(self.client, training, lambda message: "epoch" in text_of([message]))

        asked = self.client.complete("evalu", 5)
        self.assertEqual(reply_to(self.client, asked)["matches"], ["evaluate"])

        start = time.monotonic()
        self.manager.interrupt_kernel()
        reply = reply_to(self.client, training)
        print(f"\ninterrupt answered after {time.monotonic() - start:.2f} s", flush=True)
        self.assertEqual(reply["status"], "error")
        outputs_of(self.client, training)

        reply, outputs = run(self.client, "train epochs=1")
        self.assertEqual(reply["status"], "ok", text_of(outputs))
        reply, outputs = run(self.client, "evaluate")
        self.assertEqual(reply["status"], "ok")
        self.assertIn("accuracy", text_of(outputs))

    def test_a_restart_begins_anew(self):
        run(self.client, "kept = 7")
        self.manager.restart_kernel()
        self.client.wait_for_ready(timeout=60)
        self.assertEqual(run(self.client, "print kept")[0]["status"], "error")

    def test_it_ends_when_asked(self):
        self.client.shutdown()
        deadline = time.monotonic() + 30
        while self.manager.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(self.manager.is_alive())


if __name__ == "__main__":
    unittest.main()
