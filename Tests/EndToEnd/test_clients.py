"""Programs that run notebooks, run on a small one: nbclient, nbconvert, papermill and the console."""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import nbformat
import pexpect
from nbclient import NotebookClient
from support import ENVIRONMENT, KERNEL, NOTEBOOKS, PATIENCE, PICTURES, PREPARATION, PROGRAMS

TRAINING = [PREPARATION, "train net on pictures epochs=2 batch_size=16", "explore net"]
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
CELLS = ['print "hello from", 6 * 7', f'pictures = ImageFolder({json.dumps(str(PICTURES))})\nshow pictures']


def small_notebook(cells=CELLS):
    metadata = {"kernelspec": {"name": KERNEL, "display_name": "Thaw", "language": "thaw"}, "language_info": {"name": "thaw"}}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells], metadata=metadata)


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

    def execute(self, notebook):
        options = {"timeout": PATIENCE, "startup_timeout": PATIENCE, "resources": {"metadata": {"path": str(NOTEBOOKS)}}}
        NotebookClient(notebook, kernel_name=KERNEL, **options).execute()

    def test_nbclient(self):
        notebook = small_notebook()
        self.execute(notebook)
        self.check(notebook)

    def test_nbconvert_executes(self):
        self.program("jupyter", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb", self.notebook)
        self.check(nbformat.read(self.folder / "done.ipynb", as_version=4))

    def test_nbconvert_makes_a_page(self):
        self.program("jupyter", "nbconvert", "--to", "html", "--execute", "--output", "done.html", self.notebook)
        self.assertIn("hello from 42", (self.folder / "done.html").read_text(encoding="utf-8"))

    def test_nbclient_keeps_the_last_state_of_views(self):
        notebook = small_notebook(TRAINING)
        self.execute(notebook)
        nbformat.validate(notebook)
        states = notebook.metadata.widgets[STATE].state
        views = [output.data[VIEW].model_id for cell in notebook.cells for output in cell.outputs if VIEW in output.get("data", {})]
        self.assertTrue(views)
        # Every model that a view is made of is there, in full.
        wanted = list(views)
        seen = set()
        while wanted:
            model = wanted.pop()
            if model not in seen:
                seen.add(model)
                self.assertIn("_model_name", states[model].state)
                wanted += re.findall(r"IPY_MODEL_([\w-]+)", json.dumps(states[model].state))
        # What a finished training has shown can be read without live views.
        trained = notebook.cells[1].outputs
        self.assertTrue(any("2 epochs in" in output.get("data", {}).get("text/plain", "") for output in trained))

    def test_nbconvert_makes_a_page_of_views(self):
        notebook = self.folder / "views.ipynb"
        nbformat.write(small_notebook(TRAINING), notebook)
        self.program("jupyter", "nbconvert", "--to", "html", "--execute", "--output", "views.html", notebook)
        page = (self.folder / "views.html").read_text(encoding="utf-8")
        states = json.loads(re.search(f'<script type="{re.escape(STATE)}">(.*?)</script>', page, re.DOTALL)[1])["state"]
        views = [json.loads(view)["model_id"] for view in re.findall(f'<script type="{re.escape(VIEW)}">(.*?)</script>', page, re.DOTALL)]
        self.assertTrue(views)
        self.assertLessEqual(set(views), states.keys())
        self.assertIn("2 epochs in", page)

    def test_papermill(self):
        self.program("papermill", self.notebook, "done.ipynb")
        self.check(nbformat.read(self.folder / "done.ipynb", as_version=4))

    def test_console(self):
        # The end of the input ends the console.
        result = self.program("jupyter", "console", "--simple-prompt", "--kernel", KERNEL, input='print "hello from", 6 * 7\n')
        self.assertIn("hello from 42", result.stdout)

    def test_console_in_a_terminal(self):
        """Prompts, a cell of two lines, an error, a question, an interrupt, the pager's text, and the end."""
        console = pexpect.spawn(
            str(PROGRAMS / "jupyter"), ["console", "--simple-prompt", "--kernel", KERNEL], cwd=str(self.folder), env={**ENVIRONMENT, "TERM": "dumb", "PAGER": "cat"},
            encoding="utf-8", timeout=PATIENCE, dimensions=(50, 160))
        self.addCleanup(console.close, force=True)
        console.expect(r"In \[1\]: ")
        console.sendline("half = 21")
        console.expect(r"In \[2\]: ")
        console.sendline("half * 2")
        console.expect(r"Out\[2\]: 42")
        console.expect(r"In \[3\]: ")
        console.sendline("frezze net")
        console.expect("freeze")
        console.expect(r"In \[\d+\]: ")
        console.sendline("reset")
        console.expect(r"\[y/N\]")
        console.sendline("n")
        console.expect("Nothing was forgotten")
        console.expect(r"In \[\d+\]: ")
        for line in PREPARATION.splitlines():
            console.sendline(line)
            console.expect(r"In \[\d+\]: ")
        console.sendline("train net on pictures epochs=2000 batch_size=16")
        console.expect("epoch 1 of 2000")
        console.sendintr()
        console.expect("nterrupted")
        console.expect(r"In \[\d+\]: ")
        console.sendline("names")
        console.expect("half")
        console.expect(r"In \[\d+\]: ")
        console.sendline("names?")
        console.expect("Lists the names of the session")
        console.expect(r"In \[\d+\]: ")
        console.sendeof()
        console.expect("really want to exit")
        console.sendline("y")
        console.expect(pexpect.EOF)


if __name__ == "__main__":
    unittest.main()
