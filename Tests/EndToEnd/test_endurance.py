"""Much of everything for one kernel: cells, clients, subscribers. THAW_ENDURANCE=1 runs ten thousand cells, otherwise it is a part."""

import os
import tempfile
import time
import unittest

import zmq
from support import PATIENCE, OwnProcess, outputs_of, reply_to, run, usage

IS_WHOLE = os.environ.get("THAW_ENDURANCE") == "1"
CELLS = 10_000 if IS_WHOLE else 600
WINDOW = 50
# The whole windows in the first fifth.
EARLY = CELLS // 5 // WINDOW * WINDOW
MEBIBYTE = 1 << 20
# What a kernel may take beyond what it took after a fifth of the cells. A message lost in its bookkeeping, of about 1 KB for each cell's five,
# would be 40 MiB.
GROWTH = 16 * MEBIBYTE
# What is kept for a subscriber that does not read, 2048 messages of about 1 KB, and what the cells themselves leave in the history.
BACKLOG = 8 * MEBIBYTE


class Endurance(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.kernel = OwnProcess(folder.name)
        self.addCleanup(self.kernel.close)

    def connect(self):
        client = self.kernel.client()
        self.addCleanup(client.stop_channels)
        return client

    def memory(self, client):
        return usage(client)["kernel_memory"]

    def read_until_idle(self, client, last, seen):
        """Takes what is published up to the end of a request: the request's id, the kind of message, and its text."""
        while True:
            message = client.get_iopub_msg(timeout=PATIENCE)
            content = message["content"]
            text = content.get("text") or content.get("code") or content.get("data", {}).get("text/plain") or content.get("execution_state")
            request = message["parent_header"].get("msg_id")
            seen.append((request, message["msg_type"], text, content.get("execution_count")))
            if request == last and text == "idle":
                return

    def test_two_clients_and_many_cells(self):
        """Every client's cells run in its order; both see all outputs, each once; memory stays as it was."""
        clients = [self.connect(), self.connect()]
        requests, seen, own = [], [[], []], [[], []]
        early = None
        start = time.monotonic()
        for number in range(CELLS):
            sender = number % 2
            requests.append(clients[sender].execute(f"n{number % 40} = {number}; print n{number % 40} + 1; n{number % 40}"))
            own[sender].append(requests[-1])
            if number % WINDOW == WINDOW - 1 or number == CELLS - 1:
                # The two clients' sockets are two ways into the kernel: only each client's own order is given.
                for client, messages in zip(clients, seen):
                    for last in {own[0][-1], own[1][-1]}:
                        if (last, "status", "idle", None) not in messages[-8 * WINDOW:]:
                            self.read_until_idle(client, last, messages)
            # With no cell waiting: a request answered beside a running cell says that cell's "busy" again.
            if number + 1 == EARLY:
                early = self.memory(clients[0])
        late = self.memory(clients[0])
        seconds = time.monotonic() - start
        print(f"\n{CELLS} cells by two clients in {seconds:.1f} s; resident after a fifth {early / MEBIBYTE:.1f} MiB, at the end {late / MEBIBYTE:.1f} MiB", flush=True)
        self.assertLess(late - early, GROWTH)

        mine = set(requests)
        for client, messages in zip(clients, seen):
            of_cells = [message for message in messages if message[0] in mine]
            # The order of the cells is that of their numbers, the same for both.
            inputs = [message for message in of_cells if message[1] == "execute_input"]
            self.assertEqual([message[3] for message in inputs], list(range(1, CELLS + 1)))
            self.assertEqual(sorted(message[0] for message in inputs), sorted(requests))
            position = {message[0]: place for place, message in enumerate(inputs)}
            for ids in own:
                self.assertEqual([position[request] for request in ids], sorted(position[request] for request in ids))
            # Nothing of a cell stands in another, nothing is missing, nothing comes twice.
            by_cell = {}
            for message in of_cells:
                by_cell.setdefault(message[0], []).append(message)
            self.assertEqual(list(by_cell), [message[0] for message in inputs])
            self.assertEqual([key for key, group in zip(by_cell, by_cell.values()) if group[0][2] != "busy" or group[-1][2] != "idle"], [])
            kinds = {tuple(message[1] for message in group) for group in by_cell.values()}
            self.assertEqual(len(kinds), 1, kinds)
            for number, request in enumerate(requests):
                texts = {message[1]: message[2].strip() for message in by_cell[request]}
                self.assertEqual((texts["stream"], texts["execute_result"]), (str(number + 1), str(number)))
            self.assertEqual([message for message in of_cells if message[1] == "status"], [
                (request, "status", state, None) for request in by_cell for state in ("busy", "idle")])
        self.assertEqual(seen[0][-1][2], "idle")
        for client, ids in zip(clients, own):
            replies = [client.get_shell_msg(timeout=PATIENCE) for _ in ids]
            self.assertEqual([reply["parent_header"]["msg_id"] for reply in replies], ids)
            self.assertEqual({reply["content"]["status"] for reply in replies}, {"ok"})

    def test_a_late_reader_loses_nothing(self):
        """A client that sends all its cells before it reads anything gets every message."""
        client = self.connect()
        start = time.monotonic()
        requests = [client.execute(f"print {number}") for number in range(CELLS)]
        seen = []
        self.read_until_idle(client, requests[-1], seen)
        print(f"\n{CELLS} cells sent at once: read in {time.monotonic() - start:.1f} s", flush=True)
        mine = set(requests)
        expected = [
            (request, kind, text, count)
            for number, request in enumerate(requests)
            for kind, text, count in (
                ("status", "busy", None), ("execute_input", f"print {number}", number + 1), ("stream", f"{number}\n", None), ("status", "idle", None))
        ]
        self.assertEqual([message for message in seen if message[0] in mine], expected)
        self.assertEqual([client.get_shell_msg(timeout=PATIENCE)["parent_header"]["msg_id"] for _ in requests], requests)

    def test_a_subscriber_that_never_reads_costs_nothing(self):
        client = self.connect()
        run(client, "print 0")

        def work():
            start = time.monotonic()
            for number in range(CELLS):
                message_id = client.execute(f"print {number}")
                texts = [message["content"]["text"] for message in outputs_of(client, message_id) if message["msg_type"] == "stream"]
                self.assertEqual(texts, [f"{number}\n"])
                self.assertEqual(reply_to(client, message_id)["status"], "ok")
            return time.monotonic() - start, self.memory(client)

        alone, before = work()
        context = zmq.Context()
        self.addCleanup(context.destroy, linger=0)
        sleeper = context.socket(zmq.SUB)
        sleeper.set(zmq.RCVHWM, 1)
        sleeper.subscribe(b"")
        sleeper.connect(f"tcp://127.0.0.1:{self.kernel.connection['iopub_port']}")
        watched, after = work()
        print(
            f"\n{CELLS} cells: {alone:.1f} s and {before / MEBIBYTE:.1f} MiB; then beside a subscriber that never reads {watched:.1f} s and {after / MEBIBYTE:.1f} MiB",
            flush=True)
        self.assertLess(after - before, BACKLOG)
        # It was connected all the time: what it reads now begins with the greeting.
        self.assertTrue(sleeper.poll(PATIENCE * 1000))
        self.assertIn(b"iopub_welcome", b" ".join(sleeper.recv_multipart()))


if __name__ == "__main__":
    unittest.main()
