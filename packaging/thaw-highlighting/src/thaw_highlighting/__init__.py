"""A Pygments lexer for the Thaw command language (nbconvert, jupyter console)."""

from pygments.lexer import RegexLexer, bygroups, default
from pygments.token import (
    Comment, Escape, Keyword, Name, Number, Operator, Punctuation, String, Whitespace,
)

__all__ = ["ThawLexer"]

NAME = r"[^\W\d]\w*"
DIGITS = r"\d[\d_]*"


def _string(quote):
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
    """Colours by form alone, so that a new verb needs no new lexer: the word that a statement begins
    with is a verb unless an assignment, a path or a call follows it."""

    name = "Thaw"
    aliases = ["thaw"]
    filenames = ["*.thaw"]
    mimetypes = ["text/x-thaw"]

    _values = [
        (r"[^\S\n]+", Whitespace),
        (r"#[^\n]*", Comment.Single),
        (r'"', String, "double"),
        (r"'", String, "single"),
        (r"%sx%s(?!\w)" % (DIGITS, DIGITS), Number),
        (r"%s(?:\.\d[\d_]*)?[eE][+-]?\d[\d_]*%%?" % DIGITS, Number.Float),
        (r"%s\.\d[\d_]*%%?" % DIGITS, Number.Float),
        (r"%s%%?" % DIGITS, Number.Integer),
        (r"(?:true|false|none)(?!\w)", Keyword.Constant),
        # A segment of a path, which is no option even before an equals sign.
        (r"(?<!\.)(\.)(%s)" % NAME, bygroups(Punctuation, Name)),
        (r"(%s)([^\S\n]*)(=)" % NAME, bygroups(Name.Attribute, Whitespace, Operator)),
        (r"[A-Z]\w*", Name.Class),
        (r"(%s)(?=\()" % NAME, Name.Function),
        (NAME, Name),
        (r"\.\.|[=+\-*/?]", Operator),
        (r"[,:.]", Punctuation),
    ]

    tokens = {
        "root": [
            (r"[\s;]+", Whitespace),
            (r"#[^\n]*", Comment.Single),
            (r"(%s)([^\S\n]*)(=)" % NAME, bygroups(Name.Variable, Whitespace, Operator), "statement"),
            (r"(?!(?:true|false|none)(?!\w))[^\W\dA-Z]\w*(?![\w.(\[,])", Keyword, "statement"),
            default("statement"),
        ],
        "statement": [
            (r"\\[^\S\n]*\n", Escape),
            (r"[\n;]", Whitespace, "#pop"),
            (r"[(\[{]", Punctuation, "bracket"),
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
        "double": _string('"'),
        "single": _string("'"),
    }
