"""An explanation, a comparison and the list of all topics: worked out, and as they look in the
terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from lossclass import losses
from lossclass.arithmetic.expression import Constant
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.number import show
from lossclass.explanations import source
from lossclass.explanations.blocks import Prose, drawn
from lossclass.explanations.directives import inline, worked_out
from lossclass.explanations.scope import DIGITS, Scope, solved
from lossclass.render.pieces import INDENT, captured, rule, width_of_prose

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

#: Narrower than this, two columns are put one under the other.
SIDE_BY_SIDE_FROM = 70
_THEME = Theme({"markdown.code": "cyan", "markdown.item.bullet": "bold"})
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
        return re.sub(r"\n{3,}", "\n\n", captured(console, self))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with console.use_theme(_THEME):
            yield from self.draw(width_of_prose(options.max_width))

    def __str__(self) -> str:
        from rich.console import Console

        return self.text(Console(width=80, no_color=True, color_system=None, force_terminal=False))


class Explanation(Printable):
    """What is to be said about a topic, by its canonical name: ``sections`` holds blocks by heading."""

    def __init__(self, name: str) -> None:
        text = source.read(source.paths()[name])
        loss = losses.load(name) if name in source.loss_paths() else None
        scope = Scope(loss)
        self.name = name
        self.title: str = loss.TITLE if loss else text.about["title"]
        self.summary = inline(text.about["summary"], scope)
        self.sections = {title: worked_out(body, scope) for title, body in text.sections.items()}

    def draw(self, width: int) -> Iterator[RenderableType]:
        yield Text(self.title, style="bold")
        yield from Prose(self.summary).draw(width)
        for heading, blocks in self.sections.items():
            yield Text()
            yield _heading(heading, width)
            for block in blocks:
                yield from drawn(block, width)


class Comparison(Printable):
    """Two losses side by side, by their canonical names: for every aspect what is said of the one and of
    the other."""

    def __init__(self, one: str, other: str) -> None:
        texts = [source.read(source.loss_paths()[name]).about for name in (one, other)]
        both = (each for each in SITUATIONS if all(each in about["bad"] for about in texts))
        situation = next(both, None)
        self.titles = losses.load(one).TITLE, losses.load(other).TITLE
        #: What both predictions are, if the two losses can be shown the same.
        self.situation = _said(_SAID[situation], SITUATIONS[situation]) if situation else ""
        first, second = (_aspects(name, situation) for name in (one, other))
        self.aspects = {heading: (first[key], second[key]) for key, heading in ASPECTS.items()}

    def draw(self, width: int) -> Iterator[RenderableType]:
        """Every aspect under its heading, side by side, or one under the other."""
        is_wide = width >= SIDE_BY_SIDE_FROM
        if is_wide:
            yield _columns(self.titles, width, style="bold")
        else:
            yield Text(f"{self.titles[0]}, and {self.titles[1]}", style="bold")
        for heading, both in self.aspects.items():
            yield Text()
            yield _heading(heading, width)
            if self.situation and heading == ASPECTS["bad"]:
                yield Text(f"{self.situation}\n")
            if is_wide:
                yield _columns(both, width)
                continue
            for title, one in zip(self.titles, both, strict=True):
                yield Text(f"{title}:", style="dim")
                yield _below(one)


def _columns(cells: tuple[str, str], width: int, style: str = "") -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    table.width = width
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    table.add_row(*map(_unmarked, cells), style=style)
    return table


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


class Overview(Printable):
    """The list of topics: the losses, the others, and how to ask."""

    def draw(self, width: int) -> Iterator[RenderableType]:
        of_losses = source.loss_paths()
        groups = {
            "The losses": of_losses,
            "Other topics": [name for name in source.paths() if name not in of_losses],
        }
        for heading, names in groups.items():
            yield _heading(heading, width)
            for name in names:
                others = source.aliases(name)
                called = f" (also: {', '.join(others)})" if others else ""
                yield Text.assemble((name, "bold"), (called, "dim"))
                yield _below(source.about(source.paths()[name])["summary"])
            yield Text()
        yield Text("lossclass explain NAME, or lossclass explain LOSS --versus LOSS")


def _heading(text: str, width: int) -> Text:
    return rule(text, width, "━")


def _below(markdown: str) -> Padding:
    return Padding(_unmarked(markdown), (0, 0, 0, INDENT))


def _unmarked(markdown: str) -> Text:
    """A short text without its markup."""
    return Text(re.sub(r"\\(.)", r"\1", markdown).replace("`", ""))
