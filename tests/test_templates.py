"""``lossclass new LOSS``: what it prints solves as it is, and leaves no key out."""

from __future__ import annotations

import re
from io import StringIO

import pytest

import lossclass
from lossclass import losses
from lossclass.losses._template import template


@pytest.mark.parametrize("name", losses.canonical_names())
def test_a_template_solves_as_it_is(name: str) -> None:
    solution = lossclass.solve(StringIO(template(name)))
    assert solution.about.loss == name
    assert solution.cross_check.agrees


@pytest.mark.parametrize("name", losses.canonical_names())
def test_a_template_names_every_key(name: str) -> None:
    named = set(re.findall(r"^(?:# )?(\w+):", template(name), re.MULTILINE))
    refused = {"reduction", "weights", "log_base"} if name == "custom" else set[str]()
    assert set(losses.inputs_of(name).model_fields) - refused <= named


@pytest.mark.parametrize("name", losses.canonical_names())
def test_a_template_fits_on_100_columns(name: str) -> None:
    assert max(map(len, template(name).splitlines())) <= 100
