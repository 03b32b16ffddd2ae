"""``lossclass new rnn``, ``gru`` and ``lstm``: every key of a network, in a problem that solves."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from programs import run

import lossclass
from lossclass.losses._template import network_template
from lossclass.problem.training import Train
from lossclass.rnn.inputs import CELLS, Rnn

#: The keys that only one cell has.
OWN = {"activation": "rnn", "update": "gru", "reset": "gru", "initial_cell": "lstm"}


@pytest.mark.parametrize("name", CELLS)
def test_it_solves_as_it_is_and_fits_on_100_columns(name: str) -> None:
    text = network_template(name)
    solution = lossclass.solve(StringIO(text))
    assert solution.cross_check.agrees
    assert max(map(len, text.splitlines())) <= 100
    ended = run("new", name.upper())
    assert (ended.returncode, ended.stdout) == (0, text)


@pytest.mark.parametrize("name", CELLS)
def test_every_key_is_named(name: str) -> None:
    text = network_template(name)
    named = {*re.findall(r"^  (?:# )?(\w+): ", text, re.MULTILINE)}
    assert {key for key in Rnn.model_fields if OWN.get(key, name) == name} <= named
    trained = text[text.index("# Steps of learning") : text.index("# How the losses")]
    assert all(re.search(rf"\b{key}: ", trained) for key in Train.model_fields)


@pytest.mark.some(3)
@pytest.mark.parametrize("name", CELLS)
def test_it_solves_with_every_optional_key(name: str) -> None:
    text = network_template(name)
    keys = {*Rnn.model_fields, "train"} - {"cell", "inputs", "U", "W", "V"}
    keys = {key for key in keys if OWN.get(key, name) == name}
    for key in keys:
        last = {"y_true: [1, 0.5]": "y_true: 1", "every_step\n": "last_step\n"}
        with_it = re.sub(rf"^(  )?# {key}: ", rf"\1{key}: ", text, count=1, flags=re.MULTILINE)
        for old, new in last.items() if key == "predict" else ():
            with_it = with_it.replace(old, new)
        assert with_it != text
        assert lossclass.solve(StringIO(with_it)).cross_check.agrees, key
