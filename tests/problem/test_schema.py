"""The JSON Schema of problem files: it takes what lossclass takes, and says one thing a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from lossclass import losses
from lossclass.problem.bundled import bundled_problems
from problems import CASES, schema

ALL_NAMES = [each for name in losses.canonical_names() for each in losses.all_names(name)]
PATHS = [*bundled_problems().values(), *CASES.glob("*.yaml")]


def refusals(problem: Any) -> list[tuple[list[str | int], str, Any]]:
    """Where something is wrong, by which keyword of the schema, and what that keyword asks for.

    An editor makes its own words of them.
    """
    return [
        (list(error.absolute_path), error.validator, error.validator_value)
        for error in jsonschema.Draft202012Validator(schema()).iter_errors(problem)
    ]


@pytest.mark.thorough
def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_base_of_logarithms_is_one_of_three() -> None:
    problem = {"loss": "bce", "y_true": 1, "y_pred": 0.5, "log_base": 3}
    assert refusals(problem) == [(["log_base"], "enum", ["e", "2", "10", 2, 10])]


def test_a_flag_may_be_0_or_1() -> None:
    assert refusals({**HINGE, "squared": 1, "vary": {"y_pred": {"keep_sum": 0}}}) == []
    assert refusals({**HINGE, "squared": 2}) == [(["squared"], "enum", [True, False, 1, 0])]


def test_every_problem_that_solves_is_valid() -> None:
    for path in PATHS:
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            assert refusals(document) == [], path


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)


def test_every_reference_leads_somewhere_and_nothing_may_be_null() -> None:
    for node in nodes(schema()):
        if "$ref" in node:
            target: Any = schema()
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
        assert {"type": "null"} not in node.get("anyOf", [])


HINGE = {"loss": "hinge", "y_true": [1], "y_pred": [0.5]}


@pytest.mark.parametrize(
    ("keys", "path", "keyword", "asked"),
    [
        ({"loss": "hing"}, ["loss"], "enum", ALL_NAMES),
        ({"y_pred": ["a"]}, ["y_pred", 0], "type", ["array", "number"]),
        ({"digits": 99}, ["digits"], "maximum", 15),
        ({"margni": 2}, [], "additionalProperties", False),
        (
            {"reduction": "average"},
            ["reduction"],
            "enum",
            ["mean", "sum", "weighted_mean", "mean_over_counted", "none"],
        ),
        ({"log_base": 2}, [], "additionalProperties", False),
    ],
)
def test_a_mistake_is_refused_once_where_it_is(
    keys: dict[str, Any], path: list[str | int], keyword: str, asked: Any
) -> None:
    assert refusals({**HINGE, **keys}) == [(path, keyword, asked)]
