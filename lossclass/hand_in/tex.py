r"""TeX to the plain text that a line of working is read from: ``\frac{1.4}{3}`` to ``(1.4 / 3)``.

Only what people write numbers with is known. A command that is not becomes a word, so that what it
stands in is no number. One walk over the tokens, each looked at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from lossclass.arithmetic.notation import GREEK
from lossclass.hand_in.words import WORDS

#: Groups in groups are read so deep; what is deeper is no number that anybody wrote.
_DEEPEST: Final = 60
#: A gap wide enough to keep apart what stands on both of its sides.
GAP: Final = "   "
#: What stands for something that is no number, whatever is in it.
OPAQUE: Final = "⟦⟧"

_TOKEN: Final = re.compile(r"\\(?:[A-Za-z]+\*?|.)|[{}^_$&~]|[^\\{}^_$&~]+", re.DOTALL)
#: What a command is, written plainly; and other commands, as ``words.yaml`` says.
_PLAINLY: Final[Mapping[str, str]] = {**GREEK, **WORDS["tex"]["plainly"]}
_INSIDE: Final = frozenset(WORDS["tex"]["inside"])
_LEFT_OUT: Final = {each: int(n) for n, all_ in WORDS["tex"]["left_out"].items() for each in all_}
_HEADINGS: Final = frozenset(WORDS["tex"]["headings"])
_LOGARITHM_BASES: Final = {"2": "log2", "10": "log10", "e": "ln"}
#: Begins a heading in what comes out.
HEADING: Final = "# "


_MATRIX: Final = re.compile(r"\\(begin|end)\{[a-zA-Z]{0,9}(?:matrix|array|cases)\*?\}")
#: One of numbers alone.
_NUMBERS: Final = re.compile(
    r"\\begin\{[bpvB]?matrix\}([-−+\d.,\s&\\]{1,2000})\\end\{[bpvB]?matrix\}"
)


def plain(text: str) -> str:
    r"""A text with its TeX written plainly. Rows (``\\``) become lines, ``&`` is left out."""
    return _Reader(text).until("")


def without_tex(text: str) -> str:
    r"""What is typed into a cell, with what TeX there is in it written plainly."""
    if not ("\\" in text or "{" in text or "$" in text):
        return text
    return plain(text.replace("{,}", ","))


def without_matrices(text: str) -> str:
    """A text with matrices of numbers as lists, and :data:`OPAQUE` for others: their rows are no lines."""
    text = _NUMBERS.sub(_as_list, text)
    parts: list[str] = []
    at = depth = 0
    for found in _MATRIX.finditer(text):
        begins = found[1] == "begin"
        if begins and not depth:
            parts += [text[at : found.start()], OPAQUE]
        depth = depth + 1 if begins else max(0, depth - 1)
        if not depth:
            at = found.end()
    return "".join([*parts, text[at:]]) if not depth else text


def _as_list(matrix: re.Match[str]) -> str:
    rows = [each.split("&") for each in matrix[1].strip().removesuffix(r"\\").split(r"\\")]
    if len({*map(len, rows)}) > 1:
        return OPAQUE
    written = [", ".join(map(str.strip, row)) for row in rows]
    return f"[{', '.join(written if len(rows[0]) == 1 else [f'[{row}]' for row in written])}]"


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[str] = _TOKEN.findall(text)
        self.next = 0
        self.depth = 0

    def until(self, closing: str) -> str:
        """All up to a closing brace, which is then behind us."""
        parts: list[str] = []
        while self.next < len(self.tokens):
            if self.tokens[self.next] == "}":
                self.next += 1
                if closing:
                    break
                continue
            parts.append(self._apart(self._one(), "".join(parts[-1:])))
        return "".join(parts)

    def _apart(self, text: str, before: str) -> str:
        """A word with one space on each side, also where there is one already: two part columns."""
        if not text.strip() or text != f" {text.strip()} ":
            return text
        follows = "".join(self.tokens[self.next : self.next + 1])
        return text[before.endswith(" ") : -1 if follows.startswith(" ") else None]

    def _one(self) -> str:
        """A token, with what it goes for."""
        read = self.tokens[self.next]
        self.next += 1
        if self.depth > _DEEPEST:
            return OPAQUE
        self.depth += 1
        if read == "{":
            text = self.until("}")
        elif read.startswith("\\") and len(read) > 1:
            text = self._command(read[1:])
        elif read in ("^", "_"):
            text = (_raised if read == "^" else _lowered)(self._argument())
        else:
            text = {"$": "", "&": "", "~": " "}.get(read, read)
        self.depth -= 1
        return text

    def _argument(self) -> str:
        r"""What a command or ``^`` goes for: a group, a command, or one character."""
        while self.next < len(self.tokens) and not self.tokens[self.next].strip():
            self.next += 1
        if self.next >= len(self.tokens) or self.tokens[self.next] == "}":
            return ""
        token = self.tokens[self.next]
        if token[0] in "{\\":
            return self._one()
        stripped = token.lstrip()
        self.tokens[self.next] = stripped[1:]
        if len(stripped) < 2:
            self.next += 1
        return stripped[:1]

    def _option(self) -> str:
        """What stands in square brackets before the arguments."""
        if self.next < len(self.tokens) and self.tokens[self.next].startswith("["):
            inside, closing, rest = self.tokens[self.next][1:].partition("]")
            if closing:
                self.tokens[self.next] = rest
                return inside
        return ""

    def _command(self, name: str) -> str:  # noqa: C901, PLR0912 - a list of commands
        if name in _PLAINLY:
            return _PLAINLY[name]
        if name in ("left", "right") or re.fullmatch(r"[bB]igg?[lrm]?", name):
            sign = self._argument()
            return "" if sign == "." else sign
        if name in ("frac", "dfrac", "tfrac", "cfrac"):
            return _fraction(self._argument(), self._argument())
        if name == "sqrt":
            degree = self._option()
            inside = self._argument()
            return f"(({inside})^(1 / {degree}))" if degree else f"√({inside})"
        if name == "log":
            return self._logarithm()
        if name in ("hat", "widehat"):
            letter = self._argument()
            return unicodedata.normalize("NFC", f"{letter[:1]}\u0302") + letter[1:]
        if name in ("tag", "tag*", "texttt", "verb"):
            return f"{GAP}`{self._argument().strip('` ')}`"
        if name in _HEADINGS:
            return f"\n{HEADING}{self._argument().strip()}\n"
        if name in ("overline", "bar"):
            over = self._argument()
            return f"{over * 3}…" if over.isdecimal() else over
        if name == "textbf":
            return f"**{self._argument().strip()}**"
        if name == "textsubscript":
            return _lowered(self._argument())
        if name == "textcolor":
            self._argument()
            return self._argument()
        if name in _INSIDE:
            return self._argument()
        if name in _LEFT_OUT:
            return self._left_out(name)
        return f" {name} "

    def _left_out(self, name: str) -> str:
        self._option()
        for _ in range(_LEFT_OUT[name]):
            self._argument()
        if name in ("begin", "end"):
            self._option()
            return "\n"
        return ""

    def _logarithm(self) -> str:
        if self.next < len(self.tokens) and self.tokens[self.next] == "_":
            self.next += 1
            base = self._argument().strip()
            return f" {_LOGARITHM_BASES.get(base, f'log_{base}')} "
        return " log "


def _raised(text: str) -> str:
    text = text.strip()
    if text and not text.strip("′ "):
        return text.replace(" ", "")
    return f"^{text}" if text.isalnum() else f"^({text})"


def _lowered(text: str) -> str:
    return f"_{''.join(text.split())}"


def _fraction(above: str, below: str) -> str:
    above, below = above.strip(), below.strip()
    if "∂" in above:
        return f"∂{above.lstrip('∂ ')}/∂{below.lstrip('∂ ')}"
    return f"({_grouped(above)} / {_grouped(below)})"


def _grouped(text: str) -> str:
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"
