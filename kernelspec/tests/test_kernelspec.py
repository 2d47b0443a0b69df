"""The kernelspec: what the package installs, and which program it starts."""

import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import tomllib
import unittest
from importlib.metadata import files, version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
KERNEL = PACKAGE / "kernel"


class InstallationTests(unittest.TestCase):
    def test_every_file_is_installed(self):
        installed = {file.as_posix().split("share/jupyter/")[-1]: file.locate() for file in files("thaw-kernel") if "share/jupyter/" in file.as_posix()}
        sources = {f"kernels/thaw/{path.name}": path for path in KERNEL.iterdir()}
        extension = PACKAGE / "labextension"
        sources |= {f"labextensions/thaw-kernel/{path.relative_to(extension)}": path for path in extension.rglob("*") if path.is_file()}
        self.assertEqual(installed.keys(), sources.keys())
        # `thaw install` into the same environment names its own program in kernel.json, and changes nothing else.
        self.assertEqual(self.but_for_the_program(installed["kernels/thaw/kernel.json"]), self.but_for_the_program(KERNEL / "kernel.json"))
        for name in sources.keys() - {"kernels/thaw/kernel.json"}:
            self.assertEqual(Path(installed[name]).read_bytes(), sources[name].read_bytes(), f"{name}: install the package again")

    @staticmethod
    def but_for_the_program(path):
        specification = json.loads(Path(path).read_text(encoding="utf-8"))
        arguments = specification.pop("argv")
        return specification, arguments[arguments.index("kernel"):]

    def test_versions_agree(self):
        declared = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        extension = json.loads((PACKAGE / "labextension" / "package.json").read_text(encoding="utf-8"))["version"]
        program = re.search(r'version = "([^"]+)"', (PACKAGE.parent / "Sources" / "thaw" / "Thaw.swift").read_text(encoding="utf-8"))[1]
        self.assertEqual({declared, extension, version("thaw-kernel")}, {program})

    def test_logos(self):
        self.assertIn("<svg", (KERNEL / "logo-svg.svg").read_text(encoding="utf-8"))
        for side in (32, 64):
            content = (KERNEL / f"logo-{side}x{side}.png").read_bytes()
            self.assertEqual(content[:8], b"\x89PNG\r\n\x1a\n")
            self.assertEqual(struct.unpack(">II", content[16:24]), (side, side))


class StartTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="a place with spaces ")
        self.addCleanup(folder.cleanup)
        self.prefix = Path(folder.name).resolve()
        self.kernel = self.prefix / "share" / "jupyter" / "kernels" / "thaw"
        shutil.copytree(KERNEL, self.kernel)

    def program(self, *parts):
        """A program that says which one it is, and what it was started with."""
        path = self.prefix.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('#!/bin/sh\necho "$0" "$@"\n', encoding="utf-8")
        path.chmod(0o755)
        return path

    def start(self, **environment):
        """Starts the kernel as Jupyter does."""
        arguments = json.loads((self.kernel / "kernel.json").read_text(encoding="utf-8"))["argv"]
        values = {"{resource_dir}": str(self.kernel), "{connection_file}": "connection file.json"}
        for placeholder, value in values.items():
            arguments = [argument.replace(placeholder, value) for argument in arguments]
        clean = {name: value for name, value in os.environ.items() if name != "THAW_PROGRAM"}
        return subprocess.run(arguments, capture_output=True, text=True, env={**clean, "PATH": "/usr/bin:/bin", **environment})

    def check(self, program, **environment):
        done = self.start(**environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, f"{program} kernel --connection-file connection file.json\n")

    def test_the_order_in_which_a_program_is_found(self):
        elsewhere = self.program("elsewhere", "thaw")
        search = f"{elsewhere.parent}:/usr/bin:/bin"
        self.check(elsewhere, PATH=search)
        beside = self.program("bin", "thaw")
        self.check(beside, PATH=search)
        named = self.program("named", "thaw")
        self.check(named, PATH=search, THAW_PROGRAM=str(named))

    @unittest.skipIf(shutil.which("thaw", path="/usr/bin:/bin"), "Thaw is installed on this machine")
    def test_says_what_is_missing(self):
        done = self.start()
        self.assertEqual((done.returncode, done.stdout), (127, ""))
        self.assertIn(f"no program {self.prefix}/bin/thaw", done.stderr)
        self.assertIn("THAW_PROGRAM", done.stderr)


if __name__ == "__main__":
    unittest.main()
