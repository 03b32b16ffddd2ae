"""An explanation, a comparison and the list of all topics: worked out, ready to be printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lossclass import losses
from lossclass.arithmetic.expression import Constant
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.explanations import drawing, source
from lossclass.explanations.blocks import Block
from lossclass.explanations.directives import inline, worked_out
from lossclass.explanations.scope import DIGITS, Scope, solved
from lossclass.records import record
from lossclass.render.pieces import trimmed, width_of_prose

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

#: What both losses of a comparison are shown, where both can be: the numbers, by name.
SITUATIONS: dict[str, dict[str, float]] = {
    "probability": {"y": 1, "ŷ": 0.01},
    "score": {"y": 1, "ŷ": -2},
}
_SAID = {
    "probability": "The true probability is y = {y}, the predicted one ŷ = {ŷ}.",
    "score": "The true value is y = {y}, the model's number (score, logit) is ŷ = {ŷ}.",
}
#: What a comparison says of each loss, and the heading over it.
ASPECTS = {
    "summary": "What it measures",
    "formula": "The formula",
    "use": "Use",
    "range": "Range",
    "gradient": "Gradient",
    "bad": "One bad prediction",
    "behaviour": "How it treats bad predictions",
}


class Printable:
    """What can be printed on a Rich console, and as text on 80 columns."""

    def draw(self, width: int) -> Iterator[RenderableType]:
        """The parts of the drawing, from top to bottom."""
        raise NotImplementedError

    def text(self, console: Console) -> str:
        """The drawing for a console, with its colours and without the blanks that Rich pads lines with."""
        with console.capture() as capture:
            console.print(self)
        return re.sub(r"\n{3,}", "\n\n", trimmed(capture.get()))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self.draw(width_of_prose(options.max_width))

    def __str__(self) -> str:
        from rich.console import Console

        return self.text(Console(width=80, no_color=True, color_system=None, force_terminal=False))


@record
class Explanation(Printable):
    """What is to be said about a topic: ``sections`` holds blocks by heading."""

    name: str
    title: str
    summary: str
    sections: dict[str, tuple[Block, ...]]

    @classmethod
    def of(cls, name: str) -> Explanation:
        """The explanation of the topic with this canonical name."""
        text = source.read(source.paths()[name])
        loss = losses.load(name) if name in source.loss_paths() else None
        scope = Scope(loss)
        return cls(
            name,
            loss.TITLE if loss else text.about["title"],
            inline(text.about["summary"], scope),
            {title: worked_out(body, scope) for title, body in text.sections.items()},
        )

    def draw(self, width: int) -> Iterator[RenderableType]:
        return drawing.explanation(self.title, self.summary, self.sections, width)


@record
class Comparison(Printable):
    """Two losses side by side: for every aspect what is said of the one and of the other."""

    titles: tuple[str, str]
    #: What both predictions are, if the two losses can be shown the same.
    situation: str
    aspects: dict[str, tuple[str, str]]

    @classmethod
    def of(cls, one: str, other: str) -> Comparison:
        """The comparison of two losses by their canonical names."""
        texts = [source.read(source.loss_paths()[name]).about for name in (one, other)]
        situation = next(
            (each for each in SITUATIONS if all(each in about["bad"] for about in texts)), None
        )
        columns = [_aspects(name, situation) for name in (one, other)]
        return cls(
            (losses.load(one).TITLE, losses.load(other).TITLE),
            _said(_SAID[situation], SITUATIONS[situation]) if situation else "",
            {ASPECTS[key]: (columns[0][key], columns[1][key]) for key in ASPECTS},
        )

    def draw(self, width: int) -> Iterator[RenderableType]:
        return drawing.comparison(
            self.titles, self.aspects, {ASPECTS["bad"]: self.situation}, width
        )


def _aspects(name: str, situation: str | None) -> dict[str, str]:
    about, scope = source.read(source.loss_paths()[name]).about, Scope(losses.load(name))
    texts = {key: inline(about[key], scope) for key in ASPECTS if isinstance(about.get(key), str)}
    return {**texts, "formula": losses.load(name).FORMULA, "bad": _bad(name, about, situation)}


def _bad(name: str, about: dict[str, Any], situation: str | None) -> str:
    """The loss of one bad prediction, and its slope there, solved by the loss itself."""
    chosen = situation or next(iter(about["bad"]))
    example = about["bad"][chosen]
    numbers = SITUATIONS.get(chosen) or example["numbers"]
    told = "" if situation else _said(example.get("given") or _SAID[chosen], numbers)
    loss, slope = bad_prediction(name, chosen, numbers)
    what = example["slope"][0]
    return "\n".join([told, _equal("L", loss), _equal(what, slope)]).strip()


def bad_prediction(name: str, situation: str, numbers: dict[str, float]) -> tuple[Decimal, Decimal]:
    """A loss's value for a prediction, solved by the loss itself, and its slope there.

    Args:
        numbers: the truth and the prediction, by the names that the text has for them.
    """
    example = source.read(source.loss_paths()[name]).about["bad"][situation]
    scope = Scope(losses.load(name))
    for symbol, number in numbers.items():
        scope.define(symbol, Constant(str(number)))
    solution = solved(name, example["problem"], scope)
    slope = scope.value(scope.read(example["slope"][1]))
    return solution.values[solution.answer_ids[0]], slope


def _equal(symbol: str, number: Decimal) -> str:
    seen = show(number, DIGITS)
    return f"{symbol} {'=' if seen.exact else '≈'} {PLAIN.number(seen.value)}"


def _said(text: str, numbers: dict[str, float]) -> str:
    return text.format(**numbers).replace("-", "−")


@record
class Overview(Printable):
    """The list of topics: name, other names, one line, and whether it is a loss."""

    rows: tuple[tuple[str, tuple[str, ...], str, bool], ...]

    def draw(self, width: int) -> Iterator[RenderableType]:
        return drawing.overview(self.rows, width)
