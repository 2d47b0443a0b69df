"""Colours: the Pygments lexer and the JupyterLab grammar on the same samples. Run with the package installed."""

import json
import random
import shutil
import subprocess
import unittest
from pathlib import Path

from pygments.lexers import get_lexer_by_name, get_lexer_for_filename, get_lexer_for_mimetype
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, Punctuation, String

HERE = Path(__file__).resolve().parent
SAMPLES = json.loads((HERE / "samples.json").read_text(encoding="utf-8"))
MEANINGS = [
    (Keyword.Constant, "constant"), (Keyword, "verb"), (Operator.Word, "connecting"), (Name.Variable, "new"), (Name.Attribute, "option"),
    (Name.Class, "made"), (Name.Function, "made"), (Name, "name"), (Number, "number"), (String, "text"), (Comment, "comment"),
]


def colours(source):
    """What the samples say: `meaning:text`, with a step of a path and the pieces of a text put together."""
    found = []
    last = None
    for kind, text in get_lexer_by_name("thaw", stripnl=False, ensurenl=False).get_tokens(source):
        meaning = next((meaning for token, meaning in MEANINGS if kind in token), None)
        if meaning == "text" and last == "text":
            found[-1] += text
        elif meaning == "name" and last == ".":
            found.append(f"name:.{text}")
        elif meaning:
            found.append(f"{meaning}:{text}")
        last = text if kind in Punctuation else meaning
    return " ".join(found)


class LexerTests(unittest.TestCase):
    def test_samples(self):
        for source, expected in SAMPLES:
            with self.subTest(source):
                self.assertEqual(colours(source), expected)

    def test_is_found_by_file_and_type(self):
        for lexer in (get_lexer_for_filename("session.thaw"), get_lexer_for_mimetype("text/x-thaw")):
            self.assertEqual(lexer.name, "Thaw")

    def test_loses_nothing(self):
        lexer = get_lexer_for_mimetype("text/x-thaw", stripnl=False, ensurenl=False)
        chance = random.Random(7)
        for _ in range(3000):
            source = "".join(chance.choice("ab1.x=%#;\\\"'()[]{},:*+? \nA!é\t") for _ in range(chance.randrange(40)))
            tokens = list(lexer.get_tokens(source))
            self.assertEqual("".join(text for _, text in tokens), source)
            self.assertNotIn(Error, [kind for kind, _ in tokens])


class GrammarTests(unittest.TestCase):
    @unittest.skipUnless(shutil.which("node"), "Node.js is not installed: the JupyterLab grammar is tested in the browser only")
    def test_samples(self):
        done = subprocess.run(["node", str(HERE / "test_grammar.js")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{len(SAMPLES)} samples pass", done.stdout)


if __name__ == "__main__":
    unittest.main()
