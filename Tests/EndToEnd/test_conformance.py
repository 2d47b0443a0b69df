"""Jupyter's own conformance tests of a kernel, with every attribute that applies to Thaw's language.

Two do not. `code_stderr`: no statement writes to standard error; what libraries print there is tested in test_protocol. `code_clear_output`: no statement
takes an output back; the kernel's message is tested with a language that can (Tests/JupyterKernelTests).
"""

import unittest

import jupyter_kernel_test
from jupyter_client.manager import start_new_kernel
from support import KERNEL, PATIENCE


def make_patient(*channels):
    """The suite waits for ever for some messages, and for others so short a time that a busy machine fails it: all get as long as in the other tests."""
    for channel in channels:
        channel.get_msg = lambda timeout=None, get_msg=channel.get_msg: get_msg(timeout=PATIENCE)


class Conformance(jupyter_kernel_test.KernelTests):
    @classmethod
    def setUpClass(cls):
        cls.km, cls.kc = start_new_kernel(kernel_name=cls.kernel_name, startup_timeout=PATIENCE)
        make_patient(cls.kc.shell_channel, cls.kc.iopub_channel)

    def flush_channels(self):
        """As the suite's own: only here a wait is meant to find nothing in the end."""
        for channel in (self.kc.shell_channel, self.kc.iopub_channel):
            while channel.socket.poll(100):
                jupyter_kernel_test.validate_message(channel.get_msg())

    kernel_name = KERNEL
    language_name = "thaw"
    file_extension = ".thaw"

    code_hello_world = 'print "hello, world"'
    completion_samples = [{"text": "unfre", "matches": {"unfreeze"}}, {"text": "evalu", "matches": {"evaluate"}}]
    complete_code_samples = ["", "1 + 2", 'print "x"', "# only a remark", "x = [1, 2]\nprint x"]
    incomplete_code_samples = ["x = [1,", "net = resnet18(", "x = 1 + \\"]
    invalid_code_samples = ["x = )", "print ]"]
    code_page_something = "train?"
    code_generate_error = "frezze net"
    code_execute_result = [{"code": "1 + 2", "result": "3"}, {"code": "6 * 7", "result": "42"}, {"code": "2 + 2", "result": "4"}]
    code_display_data = [{"code": "help", "mime": "text/html"}, {"code": "help train", "mime": "text/plain"}]
    code_history_pattern = "1 + ?"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "train"


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_patient(cls.kc.iopub_channel)

    kernel_name = KERNEL
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()
