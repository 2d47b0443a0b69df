"""What Jupyter's Python side needs to know of Thaw: the kernelspec (in share/jupyter) and the lexer that colours cells."""

from thaw_kernel.lexer import ThawLexer

__all__ = ["ThawLexer"]
