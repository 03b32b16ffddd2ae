"""TeX, as it is typed into a cell or a line, as plain mathematics.

It is no TeX: what stands in a formula of a few fractions and logarithms is written as a calculator
would have it, and every other command by its name.
"""

from __future__ import annotations

import re
from typing import Final

from lossclass.arithmetic.notation import GREEK

DEEPEST: Final = 30
_TOKEN: Final = re.compile(r"\\[A-Za-z]+\*?|\\.|[{}^_]|[^\\{}^_]+|\\", re.DOTALL)
_WRITTEN: Final = {
    **{f"\\{name}": letter for letter, name in GREEK.items()},
    **dict.fromkeys(("\\times", "\\cdot", "\\ast"), "×"),
    **dict.fromkeys(("\\approx", "\\simeq", "\\cong", "\\doteq", "\\sim"), "≈"),
    **dict.fromkeys(("\\to", "\\rightarrow", "\\Rightarrow", "\\implies", "\\Longrightarrow"), "="),
    **dict.fromkeys(("\\ldots", "\\dots", "\\cdots"), "…"),
    **dict.fromkeys(("\\(", "\\)", "\\[", "\\]", "\\left", "\\right", "\\displaystyle"), ""),
    **dict.fromkeys(("\\big", "\\Big", "\\bigl", "\\bigr", "\\Bigl", "\\Bigr", "\\!"), ""),
    **dict.fromkeys(("\\,", "\\;", "\\:", "\\ ", "\\quad", "\\qquad"), " "),
    "\\infty": "∞", "\\div": "÷", "\\pm": "±", "\\ell": "ℓ", "\\partial": "∂", "\\mid": "|",
    "\\sum": "Σ", "\\varepsilon": "ε", "\\vert": "|", "\\lvert": "|", "\\rvert": "|",
    "\\neq": "≠", "\\leq": "≤", "\\geq": "≥", "\\le": "≤", "\\ge": "≥", "\\\\": "\n", "\\&": "&",
    "\\{": "(", "\\}": ")",
}  # fmt: skip
#: What only says how its argument is to look.
_LOOKS: Final = frozenset(
    {"text", "textbf", "textit", "mathrm", "mathbf", "mathit", "boxed", "operatorname", "mbox"}
    | {"underline", "bar", "tilde", "bm", "boldsymbol"}
)
_FRACTIONS: Final = frozenset({"frac", "dfrac", "tfrac", "cfrac"})


def without_tex(text: str) -> str:
    r"""A text with what TeX there is in it written plainly: ``\frac{7}{15}`` as ``((7)/(15))``."""
    if not ("\\" in text or "{" in text or "$" in text):
        return text
    text = text.replace("{,}", ",").replace("$", "").replace("&", "" if "\\" in text else "&")
    return _Reader(_TOKEN.findall(text)).all()


class _Reader:
    """Goes over the tokens once; what is nested deeper than anybody writes stays as it is."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.next = 0
        self.depth = 0

    def all(self) -> str:
        """What is written up to the end, whatever braces are closed that were not opened."""
        parts = []
        while self.next < len(self.tokens):
            parts.append(self._group())
            self.next += 1  # over a brace too many
        return "".join(parts)

    def _group(self) -> str:
        """What is written up to the brace that closes, or the end."""
        parts: list[str] = []
        while self.next < len(self.tokens) and self.tokens[self.next] != "}":
            parts.append(self._piece())
        return "".join(parts)

    def _piece(self) -> str:
        piece = self.tokens[self.next]
        self.next += 1
        if piece == "{":
            return f"({self._inside()})"
        if piece in "^_":
            return piece + self._script(piece)
        if not piece.startswith("\\"):
            return piece
        if piece in _WRITTEN:
            return _WRITTEN[piece]
        name = piece[1:].rstrip("*")
        if name in _FRACTIONS:
            above, below = self._argument(), self._argument()
            return f"(({above})/({below}))"
        if name == "sqrt":
            return f"sqrt({self._argument()})"
        if name == "hat":
            return f"{self._argument()}\N{COMBINING CIRCUMFLEX ACCENT}"
        return self._argument() if name in _LOOKS else f" {name}"

    def _inside(self) -> str:
        """What stands in braces, of which the first is behind us."""
        if self.depth == DEEPEST:
            return ""
        self.depth += 1
        inside = self._group()
        self.depth -= 1
        self.next += 1
        return inside

    def _script(self, sign: str) -> str:
        """An exponent or an index, in brackets where it is longer than what TeX takes without."""
        if self.next < len(self.tokens) and self.tokens[self.next] == "{":
            self.next += 1
            inside = self._inside()
            return f"({inside})" if sign == "^" else inside
        return ""

    def _command(self) -> str:
        """A command with what it takes, as the argument of another."""
        if self.depth == DEEPEST:
            return ""
        self.depth += 1
        written = self._piece()
        self.depth -= 1
        return written

    def _argument(self) -> str:
        """What a command takes: what is in the next braces, or the next character."""
        if self.next >= len(self.tokens):
            return ""
        piece = self.tokens[self.next]
        if piece == "{":
            self.next += 1
            return self._inside()
        if piece[0] in "\\}^_":
            return self._command() if piece[0] == "\\" else ""
        piece = piece.lstrip() or piece
        self.tokens[self.next] = piece[1:]
        if not piece[1:]:
            self.next += 1
        return piece[:1]
