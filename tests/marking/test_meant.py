"""Numbers that count otherwise than the steps do, and what is said of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lossclass.hand_in.cells import read_cell
from lossclass.marking.marks import Mark
from lossclass.runs.checking import checker_of

PATH = {
    "psi.2.1": 2,
    "psi.2.2": 2,
    "psi.3.1": 1,
    "psi.3.2": 1,
    "best.3": 1,
    "best.2": 1,
    "best.1": 2,
}


def marked(problem: str, **answers: str) -> dict[str, Mark]:
    cells = {id.replace("_", "."): read_cell(each) for id, each in answers.items()}
    return {each.id: each for each in checker_of(problem).marker(cells).marks()}


def test_places_are_counted_from_0_where_there_is_a_0() -> None:
    from_0 = marked("weather_hmm", **{id: str(place - 1) for id, place in PATH.items()})
    assert {each.verdict for each in from_0.values()} == {"right"}
    assert from_0["best.1"].on_reading == "places are counted from 1 here: 1 is taken for 2."
    from_1 = marked("weather_hmm", **{id: str(place) for id, place in PATH.items()})
    assert {(each.verdict, each.on_reading) for each in from_1.values()} == {("right", "")}


@pytest.mark.parametrize("places", [{"psi.2.1": "1"}, {"psi.2.1": "2", "psi.3.1": "0"}])
def test_places_without_a_0_or_with_the_largest_are_as_they_are(places: dict[str, str]) -> None:
    marks = marked("weather_hmm", **places)
    assert not any(each.on_reading for each in marks.values())
    assert "wrong" in {each.verdict for each in marks.values()}


@pytest.mark.parametrize(
    ("problem", "id", "written", "verdict", "note"),
    [
        ("weather_hmm", "loss", "5.0957 bits", "right", "5.0957 bits ≈ 3.532 nats, which are asked."),
        ("weather_hmm", "loss", "1.534 hartleys", "right", "1.534 hartleys ≈ 3.532 nats, which are asked."),
        ("weather_hmm", "loss", "0.3 bit", "wrong", "0.3 bits ≈ 0.2079 nats, which are asked."),
        ("weather_hmm", "loss", "3.532 nats", "right", ""),
        ("weather_hmm", "loss", "3.532", "right", ""),
        ("weather_hmm", "probability", "0.02924 bits", "right", ""),  # no logarithm is in it
        ("language_model_perplexity", "loss", "2 bits", "right", "2 bits ≈ 1.386 nats, which are asked."),
        ("language_model_perplexity", "perplexity", "4 bits", "right", ""),
        ("hinge_sequence", "loss", "0.4667 bits", "right", ""),
    ],
)  # fmt: skip
def test_logarithms_are_taken_in_the_unit_that_stands_behind_them(
    problem: str, id: str, written: str, verdict: str, note: str
) -> None:
    mark = marked(problem, **{id: written})[id]
    assert (mark.verdict, mark.on_reading) == (verdict, note)


def test_a_unit_is_that_of_the_base_of_the_problem() -> None:
    checker = checker_of("nll", given=["y_true=0", "y_pred=0.25,0.75", "log_base=2"])
    for written, verdict in (("2 bits", "right"), ("1.386 nats", "right"), ("1.386", "wrong")):
        assert checker.marker({"loss": read_cell(written)}).mark("loss").verdict == verdict
    (mark,) = checker.marker({"loss": read_cell("-ln(0.25) nats")}).marks()
    assert (mark.verdict, mark.answer and round(mark.answer, 6)) == ("right", Decimal(2))
