"""What the JupyterLab extension saves of live views; in a page, Tests/EndToEnd/test_browser looks at it."""

import shutil
import subprocess
import unittest
from pathlib import Path


class Widgets(unittest.TestCase):
    @unittest.skipUnless(shutil.which("node"), "Node.js is not installed: the saving of views is tested in the browser only")
    def test_states_are_saved(self):
        done = subprocess.run(["node", str(Path(__file__).parent / "test_widgets.js")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
