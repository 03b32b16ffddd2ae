"""Formulas in sentences: what is read as one, in every sentence of every problem, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from xml.etree import ElementTree as ET

import pytest
from documents import view
from pytest_regressions.file_regression import FileRegressionFixture

import lossclass
from lossclass.arithmetic.mathml import MATHML, math
from lossclass.arithmetic.notation import PLAIN
from lossclass.arithmetic.symbol import Symbol
from lossclass.arithmetic.typst import TYPST
from lossclass.errors import LossclassError
from lossclass.render import Detail, html, latex, typst
from lossclass.render.document import Document, worksheet_parts
from lossclass.render.html import Html
from lossclass.render.mathematics import HIGH
from lossclass.render.prose import Code, Mathematics, Reader
from lossclass.worksheets.composing import worksheet
from problems import GOLD, NAMES, case

#: Numbers and places make no difference to what is read.
_DIGITS = re.compile(r"[0-9]+(\.[0-9]+)?")
_LOW = str.maketrans("₂₃₄₅₆₇₈₉", "₁" * 8)


class _Recorder(Html):
    """A page of which only the sentences are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.sentences: dict[str, tuple[str | Mathematics | Code, ...]] = {}

    def prose(self, text: str) -> str:
        assert self.reader
        if text not in self.sentences:
            self.sentences[text] = self.reader.parts(text)
        return ""

    def _equation(self, *_: object) -> str:
        return ""


def _solutions(name: str) -> Iterator[lossclass.Solution]:
    for options in ({"gradient": True, "frameworks": True}, {"backward": True}, {"beam": 2}, {}):
        try:
            yield case(name, **options)
        except LossclassError:  # this one has none
            continue


@cache
def _sentences(name: str) -> dict[str, tuple[str | Mathematics | Code, ...]]:
    markup = _Recorder()
    for solution in _solutions(name):
        for detail in (Detail.FULL, Detail.BOARD):
            list(Document(solution, markup, detail)._whole())
    list(worksheet_parts(worksheet(solution), markup))
    return markup.sentences


def _formulas(name: str) -> Iterator[Mathematics]:
    for parts in _sentences(name).values():
        yield from (part for part in parts if isinstance(part, Mathematics))


def _plain(part: str | Mathematics | Code) -> str:
    match part:
        case Mathematics():
            return part.plain
        case Code():
            return part.text
    return part


# --- in all problems ---


@pytest.mark.grid(24, name=NAMES)
def test_the_parts_of_a_sentence_are_the_sentence(name: str) -> None:
    for text, parts in _sentences(name).items():
        assert "".join(map(_plain, parts)) == text


@pytest.mark.some(3)
@pytest.mark.grid(8, name=NAMES)
def test_a_single_letter_that_is_a_label_is_text(name: str) -> None:
    (solution, *_) = _solutions(name)
    labels = {each for each in solution.about.words if len(each) == 1}
    formulas = {each.plain for each in _formulas(name)}
    own = {PLAIN.symbol(each.symbol) for each in solution.calculation}
    assert not labels & formulas - own


@pytest.mark.thorough
def test_what_is_read_as_a_formula_and_as_code(file_regression: FileRegressionFixture) -> None:
    """Read the difference: an English word in it is a mistake."""
    found: dict[str, set[str]] = {"formulas": set(), "code": set()}
    for name in NAMES:
        for parts in _sentences(name).values():
            for part in parts:
                if not isinstance(part, str):
                    kind = "formulas" if isinstance(part, Mathematics) else "code"
                    found[kind].add(_DIGITS.sub("1", _plain(part).translate(_LOW)))
    lines = [line for kind, texts in found.items() for line in (f"# {kind}", *sorted(texts))]
    file_regression.check("\n".join(lines) + "\n", fullpath=GOLD / "prose.txt", encoding="utf-8")


@pytest.mark.grid(48, name=NAMES)
def test_every_formula_is_well_formed_wherever_it_is_written(name: str) -> None:
    compiler = pytest.importorskip("typst")
    formulas = {each.plain: each for each in _formulas(name)}
    for each in formulas.values():
        ET.fromstring(f"<p>{math(each(MATHML), each.plain)}</p>".replace("<wbr>", ""))  # noqa: S314
        tex = each(HIGH)
        assert re.sub(r"\\[{}]", "", tex).count("{") == tex.replace(r"\}", "").count("}")
    document = "\n\n".join(f"${each(TYPST)}$" for each in formulas.values())
    assert compiler.compile(document.encode(), format="svg")


# --- one by one ---

_WRITTEN = {
    "Here α_t(s) is it": [r"\alpha_{t}(s)"],
    "of C(T + L − r, 2L) ways": ["C(T + L - r, 2 L)"],
    "∂L/∂ŷ = −y / n": [r"\partial L / \partial \hat{y} = -y / n"],
    "aₜ = b + W hₜ₋₁ + U xₜ.": ["a_{t} = b + W h_{t-1} + U x_{t}"],
    "so rₜ = sigmoid(aᵣ,ₜ) with it": [r"r_{t} = \sigma(a_{r, t})"],
    "L = −(1/n) Σᵢ [yᵢ ln ŷᵢ]": [r"L = -(1 / n) \sum_{i} [y_{i} \ln \hat{y}_{i}]"],
    "ŷ = softmax(z)": [r"\hat{y} = \operatorname{softmax}(z)"],
    "√ Σ (∂L/∂hₜ,ⱼ)² falls": [r"\sqrt{\sum (\partial L / \partial h_{t, j})^{2}}"],
    "ε = 2⁻⁵² in double": [r"\varepsilon = 2^{-52}"],
    "|e₁| ≤ ½δ": [r"\lvert e_{1}\rvert  \leq \tfrac{1}{2} \delta"],
    "max(0, 1 + max_c s_t,c − s_t,y),  c every": [
        r"\max(0, 1 + \max_{c} s_{t, c} - s_{t, y})",
        "c",
    ],
    "divided by L, as p(l|x) is": ["L", r"p(l \mid x)"],
    "its pre-activation a.": ["a"],
    "The advantage A counts": ["A"],
}


@pytest.mark.parametrize(("text", "written"), _WRITTEN.items())
def test_formulas_are_found_and_written(text: str, written: list[str]) -> None:
    parts = Reader().parts(text)
    assert [each(HIGH) for each in parts if isinstance(each, Mathematics)] == written


@pytest.mark.parametrize(
    "text",
    [
        "A loss is a number, and I know it, e.g. here.",
        "Time step 3 of example 2 does not count: 34.09 % of 1, 2 and 3.",
        "Crammer and Singer's hinge (as printed), the k-th n-gram, and L's place.",
        "loss = 1.88 instead of 1.868",
        "an alignment, a label and a blank: -, _",
    ],
)
def test_words_and_numbers_are_text(text: str) -> None:
    assert Reader().parts(text) == (text,)


def test_names_of_steps_and_what_is_typed_is_code() -> None:
    text = "See alignment.1, y_true, --detail full, tf.nn.ctc_loss and reduction='mean'."
    code = [each.text for each in Reader().parts(text) if isinstance(each, Code)]
    assert code == [
        "alignment.1",
        "y_true",
        "--detail full",
        "tf.nn.ctc_loss",
        "reduction='mean'",
    ]


def test_symbols_of_the_solution_are_written_as_in_its_steps() -> None:
    of = [Symbol("P", arguments=("<b>$x$",)), Symbol("L", ("mood",)), Symbol("cell", (2,))]
    parts = Reader(of).parts("P(<b>$x$) is used in L_mood, and cellₜ₋₁ in cell₂.")
    found = [each(HIGH) for each in parts if isinstance(each, Mathematics)]
    assert found == [
        r"P\left(\text{<b>\$x\$}\right)",
        r"L_{\mathrm{mood}}",
        r"\mathrm{cell}_{t-1}",
        r"\mathrm{cell}_{2}",
    ]


# --- what a problem may hold ---

_LABELS = ["x₁ = 2", "α_t(s)", "y", "--beam", "a.bc", "∂L/∂y", "Σ", "1 + 1", "|ŷ|"]


def test_nothing_in_a_problem_is_read_as_mathematics_or_code() -> None:
    solution = lossclass.solve(
        {
            "loss": "ctc",
            "target": _LABELS,
            "blank": "–",
            "probabilities": dict.fromkeys([*_LABELS, "–"], 0.5),
            "alignments": [_LABELS, [*_LABELS, "–"], [*_LABELS[1:], "–"]],
        }
    )
    markup = _Recorder()
    list(Document(solution, markup)._whole())
    parts = [part for each in markup.sentences.values() for part in each]
    formulas = {each.plain for each in parts if isinstance(each, Mathematics)}
    assert not formulas & {*_LABELS}
    assert not [each for each in parts if isinstance(each, Code) and each.text in _LABELS]
    for text, pieces in markup.sentences.items():
        assert "".join(map(_plain, pieces)) == text
        if text.startswith("Repeats merged"):
            assert pieces == (text,)


@pytest.mark.parametrize("module", [html, latex, typst])
def test_a_class_that_is_called_like_a_formula_stays_text(module: object) -> None:
    solution = lossclass.solve(
        {
            "loss": "categorical_cross_entropy",
            "classes": ["z₁ = 7", "k"],
            "y_true": ["z₁ = 7", "k"],
            "y_pred": [[0.5, 0.5], [0.25, 0.75]],
        }
    )
    text = "".join(module.render([solution], view()))  # type: ignore[attr-defined]
    for each in (math(f"{'<mi>z</mi>'}", "z₁ = 7"), "$z_{1} = 7$", "$z_(1) = 7$"):
        assert each not in text
    assert 'alttext="z₁ = 7"' not in text
