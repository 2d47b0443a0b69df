"""A Pygments lexer for the Thaw command language: nbconvert, the Jupyter console, documentation.

It goes by form alone, so that a new verb needs no new lexer: the word that a statement begins with is a verb unless an assignment, a path,
a call or an operator follows it. The grammar for JupyterLab, labextension/static/remoteEntry.js, follows the same rules.
"""

from pygments.lexer import RegexLexer, bygroups, default
from pygments.token import Comment, Escape, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

NAME = r"[^\W\d]\w*"
DIGITS = r"\d[\d_]*"
SPACE = r"[^\S\n]*"
CONSTANT = r"(?:true|false|none|True|False|None)(?![\w.])"
CONNECTING = ("on", "from", "to", "until", "with")


def _text(quote):
    # A text ends on the line it begins on, closed or not.
    return [
        (r"\\[nt\\\"']", String.Escape),
        (quote, String, "#pop"),
        (r"[^\\\n%s]+" % quote, String),
        (r"\\(?=\n|\Z)", String),
        (r"\\.", String),
        default("#pop"),
    ]


class ThawLexer(RegexLexer):
    name = "Thaw"
    aliases = ["thaw"]
    filenames = ["*.thaw"]
    mimetypes = ["text/x-thaw"]

    _values = [
        (r"[^\S\n]+", Whitespace),
        (r"#[^\n]*", Comment.Single),
        (r'"', String, "double"),
        (r"'", String, "single"),
        # A step of a path: `.fc`, `.0`, `.*`, `.conv*`; no option even before an equals sign, no number, no product.
        (r"(?<=[\w)\]}*])(\.)([^\W\d]\w*\*?[\w*]*|\d+|\*+[\w*]*)", bygroups(Punctuation, Name)),
        (rf"{DIGITS}x{DIGITS}(?!\w)", Number),
        (rf"(?:{DIGITS}(?:\.{DIGITS})?|\.{DIGITS})[eE][+-]?{DIGITS}%?", Number.Float),
        (rf"(?:{DIGITS}\.{DIGITS}|\.{DIGITS})%?", Number.Float),
        (rf"{DIGITS}\.(?![.*\w])%?", Number.Float),
        (rf"{DIGITS}%?", Number.Integer),
        (CONSTANT, Keyword.Constant),
        (rf"({NAME})({SPACE})(=)", bygroups(Name.Attribute, Whitespace, Operator)),
        (r"[A-Z]\w*", Name.Class),
        (rf"{NAME}(?=\()", Name.Function),
        (NAME, Name),
        (r"\.\.|[=+\-*/?]", Operator),
        (r"[,:.]", Punctuation),
    ]

    tokens = {
        "root": [
            (r"[\s;]+", Whitespace),
            (r"#[^\n]*", Comment.Single),
            (r"\?", Operator),
            (rf"({NAME})({SPACE})(=)", bygroups(Name.Variable, Whitespace, Operator), "statement"),
            (rf"(help)([^\S\n]+)({NAME})", bygroups(Keyword, Whitespace, Keyword), "statement"),
            # Before an operator it is a value: `lr / 10`; but `predict -1` is a command.
            (rf"(?!{CONSTANT})[^\W\dA-Z]\w*(?![\w.(\[,-]|{SPACE}(?:[+*/]|\.\.|-\s))", Keyword, "statement"),
            default("statement"),
        ],
        "statement": [
            (r"\\[^\S\n]*\n", Escape),
            (r"[\n;]", Whitespace, "#pop"),
            (r"[(\[{]", Punctuation, "bracket"),
            # `train net on bees`: a word between two arguments.
            (rf"(?<=\s)(?:{'|'.join(CONNECTING)})(?=[^\S\n]+[\w\"'\[{{])", Operator.Word),
            *_values,
            (r".", Punctuation),
        ],
        "bracket": [
            (r"\n", Whitespace),
            (r"[(\[{]", Punctuation, "#push"),
            (r"[)\]}]", Punctuation, "#pop"),
            # A semicolon ends the statement also where a bracket was forgotten.
            (r";", Whitespace, "root"),
            *_values,
            (r".", Punctuation),
        ],
        "double": _text('"'),
        "single": _text("'"),
    }
