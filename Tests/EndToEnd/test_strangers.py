"""Those who hold no key: what they send runs nothing, and they are told nothing. THAW_ENDURANCE=1 sends a hundred thousand forgeries."""

import contextlib
import os
import random
import re
import tempfile
import time
import unittest

import zmq
from jupyter_client import KernelManager
from jupyter_client.session import Session
from support import KERNEL, PATIENCE, OwnProcess, run, text_of, usage

FORGERIES = 100_000 if os.environ.get("THAW_ENDURANCE") == "1" else 6_000
MEBIBYTE = 1 << 20
DROPPED = re.compile(r"(\d+) were dropped so far")


class Forger:
    """Frames that no kernel may believe: wrong keys, damaged messages, random bytes, messages that were sent before."""

    def __init__(self, replays):
        self.random = random.Random(20261125)
        self.session = Session(key=b"not the key")
        self.replays = replays

    def bytes(self, most):
        return self.random.randbytes(self.random.randint(0, most))

    def frames(self):
        kind, content = self.random.choice([
            ("execute_request", {"code": "kept = 0", "silent": False, "store_history": True, "allow_stdin": False, "user_expressions": {}}),
            ("shutdown_request", {"restart": False}),
            ("interrupt_request", {}),
            ("comm_open", {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}}),
            ("input_reply", {"value": "kept = 0"}),
        ])
        way = self.random.randrange(8)
        if way == 0:
            return [self.bytes(200)]
        if way == 1:
            return [self.bytes(60) for _ in range(self.random.randint(1, 12))]
        if way == 2:
            return list(self.random.choice(self.replays))
        frames = self.session.serialize(self.session.msg(kind, content))
        if way == 3:
            frames[1] = b""
        elif way == 4:
            del frames[self.random.randrange(len(frames))]
        elif way == 5:
            frames[self.random.randrange(2, len(frames))] = b"[" * 5000
        elif way == 6:
            frames.insert(self.random.randrange(len(frames) + 1), self.bytes(40))
        return frames


class Strangers(unittest.TestCase):
    def test_forgeries_run_nothing(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        kernel = OwnProcess(folder.name)
        self.addCleanup(kernel.close)
        client = kernel.client()
        self.addCleanup(client.stop_channels)
        run(client, "kept = 7")
        # A true message, which a stranger has overheard.
        message = client.session.msg("execute_request", {"code": "kept = kept - 1", "silent": False, "store_history": True, "allow_stdin": False, "user_expressions": {}})
        overheard = client.session.serialize(message)
        client.shell_channel.socket.send_multipart(overheard)
        self.assertEqual(text_of(run(client, "print kept")[1]).strip(), "6")

        context = zmq.Context()
        self.addCleanup(context.destroy, linger=0)
        sockets = {}
        for channel in ("shell", "control", "stdin", "hb", "iopub"):
            sockets[channel] = context.socket(zmq.DEALER)
            sockets[channel].linger = 0
            sockets[channel].sndtimeo = PATIENCE * 1000
            sockets[channel].connect(f"tcp://127.0.0.1:{kernel.connection[f'{channel}_port']}")
        forger = Forger([overheard])
        before = usage(client)
        start = time.monotonic()
        for number in range(FORGERIES):
            sockets[("shell", "control", "stdin")[number % 3]].send_multipart(forger.frames())
            if number % 100 == 0:
                # Beyond those that are counted, rubbish for channels that carry no messages to the kernel.
                for channel in ("hb", "iopub"):
                    with contextlib.suppress(zmq.Again):
                        sockets[channel].send_multipart(forger.frames(), zmq.DONTWAIT)
            if number % (FORGERIES // 5) == 0:
                self.assertEqual(text_of(run(client, "print kept")[1]).strip(), "6")
        # All have been read when the kernel has counted the last power of two below their number.
        last = 1 << (FORGERIES.bit_length() - 1)
        deadline = time.monotonic() + PATIENCE
        while max(map(int, DROPPED.findall(kernel.logged())), default=0) < last and time.monotonic() < deadline:
            time.sleep(0.05)
        seconds = time.monotonic() - start
        self.assertEqual(max(map(int, DROPPED.findall(kernel.logged()))), last)
        after = usage(client)
        self.assertEqual(text_of(run(client, "print kept")[1]).strip(), "6")
        self.assertEqual(after["pid"], before["pid"])
        self.assertIsNone(kernel.process.poll())
        print(
            f"\n{FORGERIES} forgeries in {seconds:.1f} s; resident before {before['kernel_memory'] / MEBIBYTE:.1f} MiB, after {after['kernel_memory'] / MEBIBYTE:.1f} MiB; "
            f"the log has {len(kernel.logged().splitlines())} lines", flush=True)
        self.assertLess(after["kernel_memory"] - before["kernel_memory"], 32 * MEBIBYTE)

    def test_encryption_keeps_strangers_out(self):
        manager = KernelManager(kernel_name=KERNEL, transport_encryption="required")
        manager.start_kernel()
        self.addCleanup(manager.shutdown_kernel, now=True)
        client = manager.client()
        client.start_channels()
        self.addCleanup(client.stop_channels)
        client.wait_for_ready(timeout=PATIENCE)
        connection = manager.get_connection_info()
        self.assertTrue(connection.get("curve_publickey"))
        run(client, "kept = 7")

        context = zmq.Context()
        self.addCleanup(context.destroy, linger=0)
        public, secret = zmq.curve_keypair()
        session = Session(key=connection["key"])
        strangers = []
        # One speaks plainly, one encrypts for another server; both know even the key of the signatures.
        for server in (None, public):
            for kind, channel in ((zmq.SUB, "iopub"), (zmq.DEALER, "shell"), (zmq.DEALER, "control"), (zmq.DEALER, "hb")):
                socket = context.socket(kind)
                # What it could not say is not waited for at the end.
                socket.linger = 0
                if server:
                    socket.curve_publickey, socket.curve_secretkey, socket.curve_serverkey = public, secret, server
                if kind == zmq.SUB:
                    socket.subscribe(b"")
                socket.connect(f"tcp://{connection['ip']}:{connection[f'{channel}_port']}")
                strangers.append(socket)
                # Once its handshake has failed, a socket has nobody to send to, and would wait for ever.
                with contextlib.suppress(zmq.Again):
                    if channel == "shell":
                        socket.send_multipart(session.serialize(session.msg("execute_request", {"code": "kept = 0", "silent": False})), zmq.DONTWAIT)
                    elif channel == "control":
                        socket.send_multipart(session.serialize(session.msg("kernel_info_request", {})), zmq.DONTWAIT)
                    elif channel == "hb":
                        socket.send(b"ping", zmq.DONTWAIT)
        for _ in range(5):
            self.assertEqual(text_of(run(client, "print kept")[1]).strip(), "7")
        self.assertEqual([socket.poll(200) for socket in strangers], [0] * len(strangers))


if __name__ == "__main__":
    unittest.main()
