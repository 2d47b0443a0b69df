"""What third-party suites check of every kernel, behaviour by behaviour, as runtimed/kernel-testbed lists them: 27 of them, in its four tiers."""

import tempfile
import unittest

import zmq
from jupyter_client import BlockingKernelClient
from support import PATIENCE, PREPARATION, TRAINING, OwnProcess, ask, outputs_of, text_of, wait_for_output

TINY_TRAINING = "train net on pictures epochs=1 batch_size=16"
# Requests that have a reply, and where it comes.
REPLIES = {"execute_request", "kernel_info_request", "complete_request", "inspect_request", "is_complete_request", "history_request", "comm_info_request", "interrupt_request", "shutdown_request"}


class Behaviours(unittest.TestCase):
    """One kernel for all; each behaviour is independent of the others."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.kernel = OwnProcess(cls.folder)
        cls.addClassCleanup(cls.kernel.close)
        cls.client = cls.kernel.client()
        cls.addClassCleanup(cls.client.stop_channels)

    def request(self, kind, content=None, channel="shell", client=None):
        """A request's reply, the only one, and what was published about it, from busy to idle."""
        client = client or self.client
        message_id = ask(client, kind, content, channel)
        published = []
        while not published or published[-1]["content"].get("execution_state") != "idle":
            message = client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == message_id:
                published.append(message)
        self.assertEqual([message["content"].get("execution_state") for message in (published[0], published[-1])], ["busy", "idle"])
        if kind not in REPLIES:
            return None, published
        receive = {"shell": client.get_shell_msg, "control": client.get_control_msg}[channel]
        reply = receive(timeout=PATIENCE)
        self.assertEqual((reply["parent_header"]["msg_id"], reply["msg_type"]), (message_id, kind.replace("request", "reply")))
        return reply, published

    def execute(self, code, stdin=False, **options):
        return self.request("execute_request", {
            "code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": stdin, "stop_on_error": True, **options})

    def one(self, published, kind):
        """The only published message of a kind."""
        found = [message for message in published if message["msg_type"] == kind]
        self.assertEqual(len(found), 1, [message["msg_type"] for message in published])
        return found[0]

    # Tier 1: the basic protocol

    def test_01_heartbeat(self):
        context = zmq.Context()
        self.addCleanup(context.destroy, linger=0)
        socket = context.socket(zmq.REQ)
        socket.connect(f"tcp://127.0.0.1:{self.kernel.connection['hb_port']}")
        for beat in (b"ping", b"", bytes(range(256))):
            socket.send(beat)
            self.assertTrue(socket.poll(PATIENCE * 1000))
            self.assertEqual(socket.recv(), beat)
        socket.close()

    def test_02_iopub_welcome(self):
        client = BlockingKernelClient()
        client.load_connection_info(self.kernel.connection)
        client.start_channels()
        self.addCleanup(client.stop_channels)
        first = client.get_iopub_msg(timeout=PATIENCE)
        self.assertEqual((first["msg_type"], first["content"], first["parent_header"]), ("iopub_welcome", {"subscription": ""}, {}))
        self.assertTrue(first["header"]["session"])

    def test_03_kernel_info(self):
        content = self.request("kernel_info_request")[0]["content"]
        self.assertEqual(content["status"], "ok")
        self.assertTrue(content["protocol_version"].startswith("5."))
        self.assertEqual(content["implementation"], "thaw")

    def test_04_kernel_info_names_the_language(self):
        language = self.request("kernel_info_request")[0]["content"]["language_info"]
        self.assertEqual((language["name"], language["file_extension"], language["mimetype"]), ("thaw", ".thaw", "text/x-thaw"))
        self.assertTrue(language["version"])

    def test_05_kernel_info_on_control(self):
        on_shell = self.request("kernel_info_request")[0]["content"]
        self.assertEqual(self.request("kernel_info_request", channel="control")[0]["content"], on_shell)

    def test_06_standard_output(self):
        stream = self.one(self.execute('print "hello, world"')[1], "stream")["content"]
        self.assertEqual(stream, {"name": "stdout", "text": "hello, world\n"})

    def test_07_standard_error(self):
        """No statement of the language writes there; what a library prints to the process's standard error is the running cell's."""
        self.execute(PREPARATION)
        training = self.client.execute(TRAINING)
        wait_for_output(self.client, training, lambda message: "epoch" in text_of([message]))
        with open(f"/proc/{self.kernel.process.pid}/fd/2", "w", encoding="utf-8") as standard_error:
            standard_error.write("a library's warning\n")
        stream = wait_for_output(self.client, training, lambda message: message["msg_type"] == "stream")
        self.assertEqual(stream["content"], {"name": "stderr", "text": "a library's warning\n"})
        ask(self.client, "interrupt_request", channel="control")
        outputs_of(self.client, training)
        self.assertEqual(self.client.get_shell_msg(timeout=PATIENCE)["content"]["ename"], "Interrupted")
        self.assertEqual(self.client.get_control_msg(timeout=PATIENCE)["content"], {"status": "ok"})

    def test_08_reply(self):
        content = self.execute("x = 1")[0]["content"]
        self.assertEqual((content["status"], content["user_expressions"], content["payload"]), ("ok", {}, []))

    def test_09_busy_and_idle(self):
        published = self.execute("x = 2")[1]
        self.assertEqual([message["content"]["execution_state"] for message in published if message["msg_type"] == "status"], ["busy", "idle"])

    def test_10_execute_input(self):
        reply, published = self.execute("x = 3")
        self.assertEqual(published[1]["msg_type"], "execute_input")
        self.assertEqual(published[1]["content"], {"code": "x = 3", "execution_count": reply["content"]["execution_count"]})

    def test_11_shutdown(self):
        kernel = OwnProcess(self.folder)
        self.addCleanup(kernel.close)
        client = kernel.client()
        self.addCleanup(client.stop_channels)
        reply, published = self.request("shutdown_request", {"restart": False}, "control", client)
        self.assertEqual(reply["content"], {"status": "ok", "restart": False})
        self.assertEqual(self.one(published, "shutdown_reply")["content"], reply["content"])
        self.assertEqual(kernel.wait(), 0)

    # Tier 2: what an editor asks

    def test_12_completion(self):
        content = self.request("complete_request", {"code": "unfre", "cursor_pos": 5})[0]["content"]
        self.assertEqual((content["status"], content["matches"], content["cursor_start"], content["cursor_end"]), ("ok", ["unfreeze"], 0, 5))
        self.assertEqual([match["text"] for match in content["metadata"]["_jupyter_types_experimental"]], content["matches"])

    def test_13_inspection(self):
        content = self.request("inspect_request", {"code": "freeze net", "cursor_pos": 3, "detail_level": 0})[0]["content"]
        self.assertTrue(content["found"])
        self.assertIn("freeze", content["data"]["text/plain"])
        self.assertFalse(self.request("inspect_request", {"code": "   ", "cursor_pos": 1, "detail_level": 0})[0]["content"]["found"])

    def test_14_a_complete_cell(self):
        self.assertEqual(self.request("is_complete_request", {"code": "x = 1"})[0]["content"]["status"], "complete")

    def test_15_an_incomplete_cell(self):
        content = self.request("is_complete_request", {"code": "x = [1,"})[0]["content"]
        self.assertEqual(content["status"], "incomplete")
        self.assertIsInstance(content["indent"], str)

    def test_16_history(self):
        self.execute("x = 16")
        content = self.request("history_request", {"hist_access_type": "tail", "n": 1, "output": False, "raw": True})[0]["content"]
        self.assertEqual((content["status"], content["history"][-1][2]), ("ok", "x = 16"))

    def test_17_comm_info(self):
        self.assertEqual(self.request("comm_info_request", {})[0]["content"]["status"], "ok")

    def test_18_an_error(self):
        reply, published = self.execute("frezze net")
        error = self.one(published, "error")["content"]
        self.assertEqual(reply["content"]["status"], "error")
        self.assertEqual({key: reply["content"][key] for key in ("ename", "evalue", "traceback")}, error)
        self.assertTrue(error["traceback"])

    # Tier 3: rich output

    def test_19_display_data(self):
        data = self.one(self.execute("help")[1], "display_data")["content"]["data"]
        self.assertLessEqual({"text/plain", "text/html"}, data.keys())

    def test_20_update_display_data(self):
        self.assertEqual(self.execute(PREPARATION)[0]["content"]["status"], "ok")
        published = self.execute(TINY_TRAINING)[1]
        shown = [message["content"]["transient"]["display_id"] for message in published if message["msg_type"] == "display_data" and message["content"]["transient"]]
        updated = {message["content"]["transient"]["display_id"] for message in published if message["msg_type"] == "update_display_data"}
        self.assertTrue(updated)
        self.assertLessEqual(updated, set(shown))

    def test_21_a_result(self):
        reply, published = self.execute("6 * 7")
        result = self.one(published, "execute_result")["content"]
        self.assertEqual((result["data"]["text/plain"], result["execution_count"]), ("42", reply["content"]["execution_count"]))

    def test_22_a_rich_result(self):
        self.execute(PREPARATION)
        data = self.one(self.execute("pictures")[1], "execute_result")["content"]["data"]
        self.assertLessEqual({"text/plain", "text/html"}, data.keys())

    # Tier 4: conversations

    def test_23_a_question(self):
        self.execute("x = 23")
        message_id = self.client.execute("reset", allow_stdin=True)
        question = self.client.get_stdin_msg(timeout=PATIENCE)
        self.assertEqual((question["msg_type"], question["parent_header"]["msg_id"], question["content"]["password"]), ("input_request", message_id, False))
        self.assertIn("[y/N]", question["content"]["prompt"])
        self.client.input("no")
        self.assertEqual(self.client.get_shell_msg(timeout=PATIENCE)["content"]["status"], "ok")
        self.assertEqual(self.one(self.execute("x")[1], "execute_result")["content"]["data"]["text/plain"], "23")
        # Who can't be asked is told how to do without.
        self.assertEqual(self.execute("reset", stdin=False)[0]["content"]["status"], "error")

    def test_24_comms(self):
        for target in ("nobody.listens.here", "jupyter.widget"):
            published = self.request("comm_open", {"comm_id": "unknown", "target_name": target, "data": {}})[1]
            self.assertEqual(self.one(published, "comm_close")["content"]["comm_id"], "unknown")

    def test_25_an_interrupt(self):
        self.assertEqual(self.request("interrupt_request", {}, "control")[0]["content"], {"status": "ok"})
        self.assertEqual(self.execute("x = 25")[0]["content"]["status"], "ok")

    def test_26_the_count(self):
        counts = [self.execute("x = 26")[0]["content"]["execution_count"] for _ in range(3)]
        self.assertEqual(counts, [counts[0], counts[0] + 1, counts[0] + 2])
        # A cell that is not remembered does not count.
        self.assertEqual(self.execute("x = 26", store_history=False)[0]["content"]["execution_count"], counts[2])

    def test_27_the_parent_header(self):
        message = self.client.session.msg("execute_request", {
            "code": "x", "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True})
        message["header"]["unheard of"] = [1, 2.5, None, "é"]
        self.client.shell_channel.send(message)
        reply = self.client.get_shell_msg(timeout=PATIENCE)
        while True:
            published = self.client.get_iopub_msg(timeout=PATIENCE)
            if published["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            for parent in (reply["parent_header"], published["parent_header"]):
                self.assertEqual(parent["unheard of"], [1, 2.5, None, "é"])
                self.assertEqual((parent["session"], parent["username"], parent["msg_type"]), (self.client.session.session, self.client.session.username, "execute_request"))
            if published["content"].get("execution_state") == "idle":
                return


if __name__ == "__main__":
    unittest.main()
