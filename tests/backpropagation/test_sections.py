"""The way back has the sections of the way there."""

from __future__ import annotations

import lossclass
from problems import bundled


def backwards(problem: str) -> list[str]:
    solution = lossclass.solve(bundled(problem), gradient=True)
    titles = (section.title for section in solution.sections)
    return [title for title in titles if title.startswith("Backwards: ")]


def test_a_title_is_small_behind_the_word() -> None:
    assert "Backwards: the predictions, softmax of the logits" in backwards("distillation")


def test_the_name_of_a_part_stays_before_its_title() -> None:
    assert "Backwards: mood, the loss" in backwards("multi_task")
