"""Thaw in a real JupyterLab page. Screenshots of each stage stay in out/browser/. Wants Chromium and Playwright, and is skipped without them."""

import re
import tempfile
import time
import unittest
from pathlib import Path

import lab
import nbformat
from nbclient import NotebookClient
from support import KERNEL, NOTEBOOKS, PICTURES, TGKILL, break_session_thread

QUICKSTART = NOTEBOOKS / "00-quickstart.ipynb"
METADATA = {
    "kernelspec": {"name": KERNEL, "display_name": "Thaw", "language": "thaw"},
    "language_info": {"name": "thaw", "mimetype": "text/x-thaw", "codemirror_mode": "thaw", "pygments_lexer": "thaw", "file_extension": ".thaw"},
}
# A training that goes on for longer than any test looks at it; no weights are needed for it.
PREPARATION = """pictures = ImageFolder("clipart")
net = Sequential(conv=Conv2d(3, 8, kernel_size=3), relu=ReLU, pool=AdaptiveAvgPool2d(1), flatten=Flatten, fc=Linear(classes))"""
TRAINING = "train net on pictures epochs=2000 batch_size=16 optimizer=SGD(lr=0.01)"
TITLES = re.compile("<title>([^<]+)</title>")
VIEW = ".jp-OutputArea .jupyter-widgets"
BAR = ".jp-OutputArea .progress-bar, .jp-OutputArea progress"


def notebook_of(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=METADATA)


@unittest.skipIf(lab.reason_to_skip(), lab.reason_to_skip())
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        lab.SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix="notebooks-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        (cls.folder / "clipart").symlink_to(PICTURES)
        (cls.folder / "data").symlink_to(NOTEBOOKS / "data")
        cls.server = lab.Server(cls.folder)
        cls.addClassCleanup(cls.server.close)
        cls.browser = lab.Browser()
        cls.addClassCleanup(cls.browser.close)

    def open(self, name, notebook, **options):
        nbformat.write(notebook, self.folder / name)
        page = lab.Notebook(self.browser, self.server, name, **options)
        self.addCleanup(self.server.end_kernels)
        self.addCleanup(page.close)
        self.addCleanup(page.screenshot, f"end-of-{self.id().split('.test_')[-1]}")
        return page

    def wait_for(self, description, condition, patience=60):
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"not within {patience} s: {description}")
            time.sleep(0.1)

    def in_training(self, name):
        """A page whose second cell trains, with a cell below that is free."""
        page = self.open(name, notebook_of(PREPARATION, TRAINING, ""))
        page.run(0)
        self.assertEqual(page.errors(0), [])
        page.enter(1)
        page.page.keyboard.press("Control+Enter")
        page.wait_for_output(BAR)
        return page

    def progress(self, page):
        """What the training cell shows now; it changes while it trains."""
        bars = page.page.locator(BAR)
        width = bars.first.evaluate("bar => bar.style.width || bar.value") if bars.count() else None
        return width, page.output(1)

    def assert_moves(self, page, description):
        before = self.progress(page)
        self.wait_for(description, lambda: self.progress(page) != before)
        self.assertTrue(page.is_running(1))

    def test_colours(self):
        source = '# look\nshow bees n=6\nnet.fc = Linear(2)\nload net from "w.pth"\nlr = 0.5'
        page = self.open("colours.ipynb", notebook_of(source))
        self.wait_for("the cell is coloured", lambda: len(set(page.colours(0).values())) > 3)
        colours = page.colours(0)
        page.screenshot("colours")
        plain = colours[""]
        for piece in ("# look", "show", "n", "Linear", '"w.pth"', "0.5", "load"):
            self.assertIn(piece, colours)
            self.assertNotEqual(colours[piece], plain, piece)
        self.assertEqual(colours["show"], colours["load"])
        self.assertEqual(len({colours[piece] for piece in ("# look", "show", '"w.pth"', "0.5")}), 4, colours)

    def test_keyboard(self):
        page = self.open("keyboard.ipynb", notebook_of('print "hello from", 6 * 7', "wibble", 'print "still here"', "freeze?"))
        page.enter(0)
        page.page.keyboard.press("Shift+Enter")
        page.wait_until_done(0)
        self.assertEqual(page.output(0).strip(), "hello from 42")
        page.page.keyboard.press("Shift+Enter")
        page.wait_until_done(1)
        self.assertEqual(len(page.errors(1)), 1)
        self.assertIn("wibble", page.errors(1)[0])
        page.page.keyboard.press("Shift+Enter")
        page.wait_until_done(2)
        self.assertEqual(page.output(2).strip(), "still here")
        # What is meant for a pager stands below the cell.
        page.page.keyboard.press("Shift+Enter")
        page.wait_until_done(3)
        self.wait_for("help is shown", lambda: "freeze" in page.output(3))
        page.screenshot("keyboard")

    def test_help_during_training(self):
        page = self.in_training("help.ipynb")
        page.type_in(2, "fr")
        page.page.keyboard.press("Tab")
        # One match alone is put in at once; several are offered.
        page.page.wait_for_function(
            "() => document.querySelector('.jp-Completer:not(.lm-mod-hidden)') || document.querySelectorAll('.jp-CodeCell .cm-content')[2].textContent != 'fr'")
        page.screenshot("completion-during-training")
        if page.page.locator(".jp-Completer:not(.lm-mod-hidden)").count():
            self.assertIn("freeze", page.page.locator(".jp-Completer").inner_text())
            page.page.keyboard.press("Enter")
        self.wait_for("the verb is completed", lambda: page.code_cell(2).locator(".cm-content").inner_text().strip() == "freeze")
        page.page.keyboard.press("Shift+Tab")
        tooltip = page.page.wait_for_selector(".jp-Tooltip")
        self.assertIn("freeze", tooltip.inner_text())
        page.screenshot("inspection-during-training")
        self.assertTrue(page.is_running(1))

    def test_the_bar_moves_and_outlives_a_reload(self):
        page = self.in_training("reload.ipynb")
        self.assert_moves(page, "the bar moves")
        page.screenshot("training")
        page.enter(1)
        page.save()
        page.reload()
        page.wait_for_output(BAR)
        before = self.progress(page)
        self.wait_for("the bar moves after the page was loaded again", lambda: self.progress(page) != before)
        page.screenshot("training-after-reload")

    def test_interrupt_and_restart(self):
        page = self.in_training("buttons.ipynb")
        page.press_button("notebook:interrupt-kernel")
        page.wait_until_done(1)
        page.screenshot("interrupted")
        page.type_in(2, "names")
        page.run(2)
        self.assertEqual(page.errors(2), [])
        self.assertIn("net", page.output(2))

        page.press_button("notebook:restart-kernel")
        page.page.click(".jp-Dialog .jp-mod-accept")
        page.wait_for_kernel("Idle")
        page.type_in(2, "net")
        page.run(2)
        self.assertEqual(len(page.errors(2)), 1, "the session was not new")
        page.screenshot("restarted")

    @unittest.skipIf(TGKILL is None, "the number of tgkill is not known here")
    def test_a_death_is_told_and_the_session_comes_back(self):
        page = self.in_training("death.ipynb")
        break_session_thread(self.server.kernel_process())
        self.wait_for("the cell tells of the death", lambda: "KernelDied" in page.output(1))
        page.screenshot("died")
        command = page.output(1).split("`")[1]
        # JupyterLab starts a new kernel by itself, and says so.
        page.page.wait_for_selector(".jp-Dialog")
        page.screenshot("died-and-restarted")
        page.page.click(".jp-Dialog .jp-mod-accept")
        page.wait_for_kernel("Idle")
        page.type_in(2, f"{command}; names")
        page.run(2)
        self.assertEqual(page.errors(2), [])
        self.assertIn("net", page.output(2))
        page.screenshot("session-is-back")

    def test_notebook_of_somebody_else(self):
        """What ran elsewhere is not trusted: JupyterLab shows no live widgets and cuts markup down. What was shown can be read even so."""
        notebook = notebook_of(PREPARATION, TRAINING.replace("2000", "2"), "show pictures")
        NotebookClient(notebook, kernel_name=KERNEL, resources={"metadata": {"path": str(self.folder)}}).execute()
        page = self.open("untrusted.ipynb", notebook)
        page.wait_for_output("img[src^='data:image/svg+xml']")
        page.screenshot("untrusted")
        for number in (1, 2):
            self.assertNotIn("Error displaying widget", page.output(number))
            # Words of drawings are for those who point at them; they are seen where a drawing was cut out.
            for title in TITLES.findall("".join(output.get("data", {}).get("text/html", "") for output in notebook.cells[number].outputs)):
                self.assertNotIn(title, page.output(number))
        self.assertIn("2 epochs in", page.output(1))
        self.assertEqual(page.problems, [])

    def test_notebook_saved_on_the_page(self):
        """What was shown stays, without the kernel that showed it: a training's last look, and live views as they were left."""
        page = self.open("closed.ipynb", notebook_of(PREPARATION, TRAINING.replace("2000", "2"), "explore net"))
        for number in range(3):
            page.run(number)
        page.wait_for_output(VIEW)
        shown, explored = page.output(1), page.output(2)
        self.assertIn("2 epochs in", shown)
        self.assertIn("train loss", shown)
        # Another layer is chosen, and that is what is saved.
        page.code_cell(2).locator("select").first.select_option(index=1)
        self.wait_for("the view shows another layer", lambda: page.output(2) != explored)
        explored = page.output(2)
        page.screenshot("before-saving")
        page.enter(1)
        page.save()
        self.server.end_kernels()
        page.reload()
        page.wait_for_output(VIEW)
        page.screenshot("saved-on-the-page")
        self.assertEqual(page.output(1), shown)
        self.assertEqual(page.output(2), explored)
        self.assertEqual(page.problems, [])

    def test_live_views_outlive_a_reload(self):
        """The kernel tells a page that was loaded again of all views; they answer as before, also while a cell trains."""
        page = self.open("views.ipynb", notebook_of(PREPARATION, "explore pictures", TRAINING))
        for number in range(2):
            page.run(number)
        page.wait_for_output(VIEW)
        shown = page.output(1)
        page.enter(2)
        page.page.keyboard.press("Control+Enter")
        page.wait_for_output(BAR)
        page.enter(1)
        page.save()
        page.reload()
        page.wait_for_output(VIEW)
        self.wait_for("the view is as it was", lambda: page.output(1) == shown)
        page.code_cell(1).locator("select").first.select_option(index=1)
        self.wait_for("the view answers", lambda: page.output(1) != shown)
        page.screenshot("views-after-reload")
        page.wait_for_kernel("Busy")

    def test_notebook_of_nbclient(self):
        """A notebook that was run without a page, once its user trusts it: the live views show their last state."""
        notebook = notebook_of(PREPARATION, "explore net")
        NotebookClient(notebook, kernel_name=KERNEL, resources={"metadata": {"path": str(self.folder)}}).execute()
        nbformat.write(notebook, self.folder / "trusted.ipynb")
        self.server.trust("trusted.ipynb")
        page = self.open("trusted.ipynb", nbformat.read(self.folder / "trusted.ipynb", as_version=4))
        page.wait_for_output(VIEW)
        page.screenshot("saved-by-nbclient")
        self.assertNotIn("Error displaying widget", page.output(1))
        self.assertEqual(page.problems, [])

    @unittest.skipUnless(QUICKSTART.exists(), "there is no quickstart notebook")
    def test_quickstart(self):
        notebook = nbformat.read(QUICKSTART, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        page = self.open("00-quickstart.ipynb", notebook, height=2400)
        count = page.page.locator(".jp-CodeCell").count()
        self.assertEqual(count, sum(cell.cell_type == "code" for cell in notebook.cells))
        for number in range(count):
            page.enter(number)
            page.page.keyboard.press("Shift+Enter")
            page.wait_until_done(number)
            self.assertEqual(page.errors(number), [], f"code cell {number + 1}")
            self.assertNotIn("Error displaying widget", page.output(number))
            page.code_cell(number).scroll_into_view_if_needed()
            page.screenshot(f"quickstart-{number + 1:02}")
            self.look_at(page, number)
        self.assertEqual(page.problems, [])

    def look_at(self, page, number):
        """What a reader has to see under a cell of the quickstart: its facts as text, its pictures as pictures."""
        cell = page.code_cell(number)
        source, shown = cell.locator(".cm-content").inner_text().strip(), page.output(number)

        def images(kind):
            return cell.locator(f".jp-OutputArea-output img[src^='data:image/{kind}']").evaluate_all("all => all.filter(one => one.naturalWidth > 0).length")

        if source.startswith("show batch"):
            self.assertEqual(images("png") + images("jpeg"), 5)
        elif source.startswith("params"):
            self.assertIn("Params to learn: classifier.1.weight, classifier.1.bias", shown)
        elif source.startswith("train"):
            self.assertIn("8 epochs in", shown)
            self.assertGreaterEqual(images("svg+xml"), 1, "there are no curves")
            page.photograph("jupyterlab", number)
        elif source == "evaluate":
            self.assertRegex(shown, r"accuracy\s+\d+\.\d %\s+\(\d+ of 76; 95 % interval")
        elif source.startswith("predict"):
            self.assertGreaterEqual(images("png") + images("jpeg"), 2)
            self.assertIn("bugs", shown)


if __name__ == "__main__":
    unittest.main()
