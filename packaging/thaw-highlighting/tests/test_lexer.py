"""python -m unittest discover packaging/thaw-highlighting/tests (with the package installed)"""

import random
import unittest

from pygments.lexers import get_lexer_by_name, get_lexer_for_mimetype
from pygments.token import Comment, Error, Keyword, Name, Number, String

SAMPLES = [
    ("show bees", [(Keyword, "show"), (Name, "bees")]),
    ("evaluate", [(Keyword, "evaluate")]),
    ("freeze net; train epochs=5", [(Keyword, "freeze"), (Name, "net"), (Keyword, "train"),
                                    (Name.Attribute, "epochs"), (Number.Integer, "5")]),
    ("net.fc = Linear(classes)", [(Name, "net"), (Name, "fc"), (Name.Class, "Linear"), (Name, "classes")]),
    ("a = resnet18()", [(Name.Variable, "a"), (Name.Function, "resnet18")]),
    ("a = [1,\nshow]", [(Name.Variable, "a"), (Number.Integer, "1"), (Name, "show")]),
    ("a = (1; show a", [(Name.Variable, "a"), (Number.Integer, "1"), (Keyword, "show"), (Name, "a")]),
    ("train \\\nnet", [(Keyword, "train"), (Name, "net")]),
    ("s = 0.8..1.0", [(Name.Variable, "s"), (Number.Float, "0.8"), (Number.Float, "1.0")]),
    ("s = 1e-3", [(Name.Variable, "s"), (Number.Float, "1e-3")]),
    ("s = 224x224", [(Name.Variable, "s"), (Number, "224x224")]),
    ("s = 20% # note", [(Name.Variable, "s"), (Number.Integer, "20%"), (Comment.Single, "# note")]),
    ("s = true", [(Name.Variable, "s"), (Keyword.Constant, "true")]),
    ("show 'open\nshow a", [(Keyword, "show"), (String, "'"), (String, "open"), (Keyword, "show"), (Name, "a")]),
    ("größe = 1", [(Name.Variable, "größe"), (Number.Integer, "1")]),
]
KINDS = (Keyword, Name, Number, String, Comment)


class LexerTests(unittest.TestCase):
    def test_samples(self):
        lexer = get_lexer_by_name("thaw")
        for source, expected in SAMPLES:
            with self.subTest(source):
                found = [(k, t) for k, t in lexer.get_tokens(source) if any(k in kind for kind in KINDS)]
                self.assertEqual(found, expected)

    def test_loses_nothing(self):
        lexer = get_lexer_for_mimetype("text/x-thaw", stripnl=False, ensurenl=False)
        chance = random.Random(7)
        for _ in range(3000):
            source = "".join(chance.choice("ab1.x=%#;\\\"'()[]{},:*+ \nA!é\t") for _ in range(chance.randrange(40)))
            tokens = list(lexer.get_tokens(source))
            self.assertEqual("".join(text for _, text in tokens), source)
            self.assertNotIn(Error, [kind for kind, _ in tokens])


if __name__ == "__main__":
    unittest.main()
