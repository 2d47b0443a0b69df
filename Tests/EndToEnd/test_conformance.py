"""Jupyter's own conformance tests of a kernel, with every attribute that applies to Thaw's language.

Two do not. `code_stderr`: no statement writes to standard error; what libraries print there is tested in test_protocol. `code_clear_output`: no statement
takes an output back; the kernel's message is tested with a language that can (Tests/JupyterKernelTests).
"""

import unittest

import jupyter_kernel_test
from support import KERNEL


class Conformance(jupyter_kernel_test.KernelTests):
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
    kernel_name = KERNEL
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()
