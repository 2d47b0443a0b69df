"""A real JupyterLab page in headless Chromium, worked by keyboard and by the buttons that people press."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from support import ENVIRONMENT, PROGRAMS, ROOT

SCREENSHOTS = ROOT / "out" / "browser"
SECONDS = 1000
PATIENCE = 120 * SECONDS
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def reason_to_skip():
    """What is missing for these tests, or None."""
    install = "run scripts/install-dependencies --with-browser"
    if CHROMIUM is None:
        return f"Chromium is not installed: {install}"
    try:
        import playwright  # noqa: F401
    except ImportError:
        return f"Playwright is not installed: {install}"
    return None


class Server:
    """JupyterLab on a folder, with settings and workspaces of its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.token = secrets.token_hex(16)
        self.state = tempfile.TemporaryDirectory(prefix="lab-")
        # Nobody is there to be asked whether the news may be fetched.
        self.set("apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False})
        # Cells are found by their number among all of the page's cells, so the page holds those that are out of sight too.
        self.set("notebook-extension/tracker", {"windowingMode": "none"})
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            **ENVIRONMENT, "JUPYTER_CONFIG_DIR": self.state.name, "JUPYTERLAB_SETTINGS_DIR": f"{self.state.name}/settings",
            "JUPYTERLAB_WORKSPACES_DIR": f"{self.state.name}/workspaces",
        }
        self.log = open(SCREENSHOTS / "jupyterlab.log", "wb")
        self.process = subprocess.Popen(
            [
                str(PROGRAMS / "jupyter"), "lab", "--no-browser", "--allow-root", f"--port={self.port}", "--ServerApp.port_retries=0",
                f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.folder}",
            ],
            stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self.folder,
            env=self.environment,
        )
        self.wait_until_it_answers()

    def set(self, plugin, values):
        path = Path(self.state.name) / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")

    def address(self, path):
        return f"http://127.0.0.1:{self.port}/{path}{'&' if '?' in path else '?'}token={self.token}"

    def wait_until_it_answers(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(self.address("api"), timeout=1):
                return
            time.sleep(0.2)
        self.close()
        raise AssertionError(f"JupyterLab did not start: see {self.log.name}")

    def trust(self, name):
        """What a user does who trusts a notebook."""
        subprocess.run([str(PROGRAMS / "jupyter"), "trust", name], cwd=self.folder, env=self.environment, check=True, capture_output=True)

    def kernels(self):
        with urllib.request.urlopen(self.address("api/kernels"), timeout=10) as answer:
            return json.load(answer)

    def kernel_process(self):
        """The only kernel's process."""
        processes = []
        for folder in Path("/proc").glob("[0-9]*"):
            # Processes come and go meanwhile.
            with contextlib.suppress(OSError):
                if f"PPid:\t{self.process.pid}\n" in (folder / "status").read_text() and b"--connection-file" in (folder / "cmdline").read_bytes():
                    processes.append(int(folder.name))
        if len(processes) != 1:
            raise AssertionError(f"{len(processes)} kernels run")
        return processes[0]

    def end_kernels(self):
        for kernel in self.kernels():
            request = urllib.request.Request(self.address(f"api/kernels/{kernel['id']}"), method="DELETE")
            with urllib.request.urlopen(request, timeout=30):
                pass

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        self.state.cleanup()


class Browser:
    """Chromium, for all tests of a class."""

    def __init__(self):
        from playwright.sync_api import sync_playwright

        self.driver = sync_playwright().start()
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.chromium = self.driver.chromium.launch(executable_path=CHROMIUM, args=[*arguments, "--disable-dev-shm-usage"])

    def close(self):
        self.chromium.close()
        self.driver.stop()


class Notebook:
    """A notebook in a page of JupyterLab."""

    def __init__(self, browser, server, name, height=1400):
        self.server = server
        self.name = name
        self.problems = []
        self.page = browser.chromium.new_page(viewport={"width": 1200, "height": height})
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.problems.append(f"{error}"))
        self.page.on("console", self.heard)
        self.page.goto(server.address(f"lab/tree/{name}?reset"))
        self.wait_until_ready()

    def heard(self, message):
        # Chromium's own complaints about a missing favicon and the like are no errors of the page's programs.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(message.text)

    def close(self):
        self.page.close()

    def screenshot(self, name):
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def photograph(self, name, number):
        """A picture of the page as people have it before them, a code cell at its top."""
        before = self.page.viewport_size
        self.page.set_viewport_size({"width": 1280, "height": 880})
        self.code_cell(number).evaluate("cell => cell.scrollIntoView({block: 'start'})")
        self.screenshot(name)
        self.page.set_viewport_size(before)

    # Kernel and page

    def wait_until_ready(self):
        self.page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell .cm-content")
        self.wait_for_kernel("Idle", "Busy")

    def wait_for_kernel(self, *states):
        """Until the status bar shows one of the states; the indicator in the toolbar says idle before there is a kernel."""
        self.page.wait_for_function(
            """states => states.some(state => document.querySelector('#jp-main-statusbar')?.innerText.includes(`Thaw | ${state}`))""", arg=list(states)
        )

    def reload(self):
        self.page.reload()
        self.wait_until_ready()

    def save(self):
        self.page.keyboard.press("Control+s")
        self.page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')")

    def press_button(self, command):
        self.page.click(f'.jp-NotebookPanel-toolbar [data-command="{command}"]')

    # Cells

    def code_cell(self, number):
        return self.page.locator(".jp-CodeCell").nth(number)

    def enter(self, number):
        """Puts the cursor at the end of a code cell."""
        editor = self.code_cell(number).locator(".cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()
        self.page.keyboard.press("Control+End")

    def type_in(self, number, text):
        """Replaces what a code cell holds."""
        self.enter(number)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def prompt(self, number):
        return self.code_cell(number).locator(".jp-InputPrompt").text_content().strip()

    def is_running(self, number):
        return "*" in self.prompt(number)

    def wait_until(self, condition, argument=None):
        """Until a JavaScript function of the argument says true. A kernel that died fails at once."""
        self.page.wait_for_function(
            """([condition, argument]) => {
                const dialog = document.querySelector('.jp-Dialog')?.textContent ?? '';
                if (dialog.includes('appears to have died')) throw new Error(dialog);
                return eval(condition)(argument);
            }""",
            arg=[condition, argument],
        )

    def wait_until_done(self, number):
        """Until a code cell has been run and has a number."""
        self.wait_until(
            "number => /\\[\\d+\\]/.test(document.querySelectorAll('.jp-CodeCell')[number]?.querySelector('.jp-InputPrompt')?.textContent)", number
        )

    def wait_for_output(self, selector):
        """Until something among the outputs fits a CSS selector and has a size."""
        self.wait_until("selector => [...document.querySelectorAll(selector)].some(element => element.getBoundingClientRect().width > 0)", selector)

    def run(self, number):
        """Runs a code cell by keyboard, and waits for its end."""
        self.enter(number)
        self.page.keyboard.press("Control+Enter")
        self.wait_until_done(number)

    def output(self, number):
        """What a code cell shows, as text."""
        outputs = self.code_cell(number).locator(".jp-OutputArea-output").all()
        return "\n".join(output.inner_text() for output in outputs)

    def errors(self, number):
        return self.code_cell(number).locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').all_inner_texts()

    def colours(self, number):
        """The colour of each piece of a code cell's text, by its text; what has no colour of its own is under the key ''."""
        return self.code_cell(number).locator(".cm-content").evaluate(
            """content => {
                const colours = { '': getComputedStyle(content.querySelector('.cm-line')).color };
                for (const piece of content.querySelectorAll('.cm-line span')) colours[piece.textContent] = getComputedStyle(piece).color;
                return colours;
            }"""
        )
