"""Programs that run notebooks, run on a small one: nbclient, nbconvert, papermill and the console."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from support import ENVIRONMENT, KERNEL, NOTEBOOKS, PICTURES, PROGRAMS

CELLS = ['print "hello from", 6 * 7', f'pictures = ImageFolder({json.dumps(str(PICTURES))})\nshow pictures']


def small_notebook():
    metadata = {"kernelspec": {"name": KERNEL, "display_name": "Thaw", "language": "thaw"}, "language_info": {"name": "thaw"}}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in CELLS], metadata=metadata)


class Clients(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.notebook = self.folder / "small.ipynb"
        nbformat.write(small_notebook(), self.notebook)

    def program(self, *arguments, **options):
        result = subprocess.run(
            [str(PROGRAMS / arguments[0]), *map(str, arguments[1:])],
            capture_output=True, text=True, timeout=300, cwd=self.folder, env=ENVIRONMENT, **options,
        )
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result

    def check(self, notebook):
        greeting, report = notebook.cells
        self.assertEqual(greeting.outputs[0].text.strip(), "hello from 42")
        self.assertEqual([cell.execution_count for cell in notebook.cells], [1, 2])
        types = {kind for output in report.outputs for kind in output.get("data", {})}
        self.assertLessEqual({"text/plain", "text/html"}, types)
        nbformat.validate(notebook)

    def test_nbclient(self):
        notebook = small_notebook()
        NotebookClient(notebook, kernel_name=KERNEL, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
        self.check(notebook)

    def test_nbconvert_executes(self):
        self.program("jupyter", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", self.notebook)
        self.check(nbformat.read(self.folder / "done.ipynb", as_version=4))

    def test_nbconvert_makes_a_page(self):
        self.program("jupyter", "nbconvert", "--to", "html", "--execute", "--output", "done.html", self.notebook)
        self.assertIn("hello from 42", (self.folder / "done.html").read_text(encoding="utf-8"))

    def test_papermill(self):
        self.program("papermill", self.notebook, "done.ipynb")
        self.check(nbformat.read(self.folder / "done.ipynb", as_version=4))

    def test_console(self):
        # The end of the input ends the console.
        result = self.program("jupyter", "console", "--simple-prompt", "--kernel", KERNEL, input='print "hello from", 6 * 7\n')
        self.assertIn("hello from 42", result.stdout)


if __name__ == "__main__":
    unittest.main()
