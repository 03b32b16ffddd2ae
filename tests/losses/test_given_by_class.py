"""The table of what is given of each class: as short as fits, and with every number once."""

from __future__ import annotations

from typing import Any

import pytest

import lossclass
from lossclass.arithmetic.expression import Quantity
from lossclass.blocks import Table


def table_of(problem: dict[str, Any]) -> Table:
    solution = lossclass.solve(lossclass.load(problem))
    (table,) = (each for each in solution.tables if each.id == "given")
    return table


def batch(observations: int, classes: int, name: str = "c") -> dict[str, Any]:
    return {
        "loss": "cce",
        "classes": [f"{name}{c}" for c in range(classes)],
        "y_true": [f"{name}{i % classes}" for i in range(observations)],
        "y_pred": [[1 / classes] * classes] * observations,
    }


@pytest.mark.parametrize(
    ("problem", "columns", "rows"),
    [
        (batch(5, 3), 1 + 2 * 3, 5),
        (batch(5, 6), 2 + 6, 5 * 2),  # two times six do not fit beside each other
        (batch(5, 3, "a class with a long name "), 4, 5 * 3),
        (batch(1, 3), 1 + 3, 2),
        (batch(1, 2), 4, 2),
        (
            {
                "loss": "sequence_hinge",
                "formulation": "crammer_singer",
                "y_true": [0, 2],
                "scores": [[1, 2, 3], [4, 5, 6]],
            },
            2 + 3,
            2,
        ),
    ],
)
def test_classes_are_columns_where_that_fits(
    problem: dict[str, Any], columns: int, rows: int
) -> None:
    table = table_of(problem)
    assert (len(table.columns), len(table.rows)) == (columns, rows)
    assert {len(row) for row in table.rows} == {columns}
    numbers = [cell.id for row in table.rows for cell in row if isinstance(cell, Quantity)]
    kinds = 1 if "scores" in problem else 2
    predicted = problem["scores" if kinds == 1 else "y_pred"]
    assert len(numbers) == len({*numbers}) == kinds * len(predicted) * len(predicted[0])


@pytest.mark.parametrize("observations", [1, 2, 7])
@pytest.mark.parametrize("classes", [2, 3, 6, 12])
def test_each_number_stands_beside_its_class_and_its_observation(
    observations: int, classes: int
) -> None:
    table = table_of(batch(observations, classes))
    for row in table.rows:
        for head, cell in zip(table.columns, row, strict=True):
            if isinstance(cell, Quantity):
                i, c = cell.symbol.index
                name = head.split()[-1] if head[-1:].isdigit() else str(row[-3])
                assert name == f"c{int(c) - 1}"
                assert observations == 1 or row[0] == str(i)
