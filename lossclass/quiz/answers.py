"""Whether an answer is one of those that are accepted, however it is typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from lossclass.problem.fields import to_number

Verdict: TypeAlias = Literal["right", "nearly", "wrong", "none"]
#: A shorter word with another letter is another word.
SHORTEST_FOR_A_TYPO = 4
#: No quiz has so many options; Python does not read numbers of thousands of digits.
_LONGEST_NUMBER = 10
_TYPOGRAPHIC = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛`´", "'"),
        **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("‐‑‒–—−", "-"),
        "\u00ad": None,  # a hyphen that is seen only at the end of a line
    }
)
_QUOTED = re.compile(r"""(["'])(.*)\1""")
_ARTICLE = re.compile(r"^(?:the|an?) (?=\w{2})")
_AROUND_SIGNS = re.compile(r" ?([^\w\s]) ?")
#: Not a minus: there is a word of more than one letter on one of its sides.
_HYPHEN = re.compile(r"(?<=[^\W\d_]{2})-(?=\w)|(?<=\w)-(?=[^\W\d_]{2})")
#: Between two digits a space keeps two numbers apart.
_SPACE = re.compile(r"(?<=[^\W\d]) (?=\w)|(?<=\w) (?=[^\W\d])")


def plain(text: str) -> str:
    """What is left of an answer to compare: no capitals, spaces, hyphens, typographic quotes,
    leading article or full stop.

    >>> plain("the Time-Steps.") == plain("time steps") == plain("“timesteps”")
    True
    >>> plain("x − 1") == plain("x 1")
    False
    """
    text = _lower(text).rstrip(" .,;:")
    if quoted := _QUOTED.fullmatch(text):
        text = quoted[2].strip()
    text = _AROUND_SIGNS.sub(r"\1", _ARTICLE.sub("", text))
    return _SPACE.sub("", _HYPHEN.sub("", text))


def _lower(text: str) -> str:
    """Small letters, plain quotes and dashes, single spaces."""
    composed = unicodedata.normalize("NFC", text.casefold())
    return " ".join(composed.translate(_TYPOGRAPHIC).split())


def same(one: str, other: str) -> bool:
    """Whether two answers say the same; numbers are compared by what they are worth."""
    if plain(one) == plain(other):
        return True
    try:
        return to_number(plain(one)) == to_number(plain(other))
    except ValueError:
        return False


def verdict(reply: str, accepted: Iterable[str]) -> Verdict:
    """What a reply is worth: ``nearly`` for one typo, ``none`` for nothing."""
    accepted = list(accepted)
    if not reply.strip():
        return "none"
    if any(same(reply, each) for each in accepted):
        return "right"
    return "nearly" if any(is_typo(plain(reply), plain(each)) for each in accepted) else "wrong"


def is_typo(reply: str, meant: str) -> bool:
    """Whether a word is another with one letter more, less, wrong, or exchanged with the next.

    A wrong digit is no typo but a wrong number.
    """
    if len(meant) < SHORTEST_FOR_A_TYPO or re.findall(r"\d", reply) != re.findall(r"\d", meant):
        return False
    short, long = sorted((reply, meant), key=len)
    differ = (i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b)
    same_until = next(differ, len(short))
    left, right = short[same_until:], long[same_until:]
    if len(short) == len(long):
        exchanged = left[:2] == right[1::-1] and left[2:] == right[2:]
        return exchanged or left[1:] == right[1:]
    return left == right[1:]


def all_verdicts(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on an answer in parts: the parts' own, if it is the same for all."""
    if all(each == verdicts[0] for each in verdicts):
        return verdicts[0]
    return "nearly" if set(verdicts) == {"right", "nearly"} else "wrong"


def option_meant(text: str, options: Sequence[str]) -> int | None:
    """The position, from 0, of the option that a number (from 1) or a text means."""
    for position, option in enumerate(options):
        if same(text, option):
            return position
    number = text.strip().rstrip(".)")
    if number.isdecimal() and len(number) < _LONGEST_NUMBER and 1 <= int(number) <= len(options):
        return int(number) - 1
    return None


def options_meant(reply: str, options: Sequence[str]) -> frozenset[int] | None:
    """The options of a reply such as ``2``, ``1, 3`` or ``1 and 3``, or their texts.

    None if a part of it is none of them.
    """
    if (one := option_meant(reply, options)) is not None:
        return frozenset({one})
    for separator in (r"[,;]|\band\b|&", r"[\s,;]+"):
        parts = [part for part in re.split(separator, reply) if part.strip()]
        meant = [option_meant(part, options) for part in parts]
        if parts and None not in meant:
            return frozenset(each for each in meant if each is not None)
    return None


def mentions(reply: str, alternatives: Iterable[str]) -> bool:
    """Whether one of these stands in a reply, at the beginning of a word.

    >>> mentions("Sums over all alignments.", ["alignment"]), mentions("misalign", ["align"])
    (True, False)
    """
    text = _lower(reply).replace("-", " ")
    return any(
        re.search(rf"(?<!\w){re.escape(_lower(each).replace('-', ' '))}", text)
        for each in alternatives
    )
