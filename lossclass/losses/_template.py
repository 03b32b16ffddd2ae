"""What ``lossclass new LOSS`` prints: a problem that solves as it is, with every key explained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any

import yaml

from lossclass import losses
from lossclass.problem.files import load_all
from lossclass.problem.keys import WRITTEN, written_in
from lossclass.problem.moves import Kind, keys_with_numbers
from lossclass.problem.problem import Problem


@cache
def _texts() -> dict[str, str]:
    """What is the same for all losses, by its part."""
    text = (files("lossclass.losses") / "_template.yaml").read_text(encoding="utf-8")
    texts: dict[str, str] = yaml.safe_load(text)
    return texts


def template(name: str) -> str:
    """A commented problem for the loss with this canonical name."""
    return _template(name, losses.template_of(name), _texts()["train"])


def network_template(network: str) -> str:
    """A commented problem with a network of this name: ``rnn``, ``gru`` or ``lstm``."""
    from lossclass.rnn.inputs import CELLS, own_keys

    return _template("mean_squared_error", own_keys(CELLS[network]), _texts()["train_by"])


def _template(name: str, own: str, train: str) -> str:
    (problem,) = load_all(StringIO(f"loss: {name}\n{own}"), losses)
    learns = train if "train" in type(problem.inputs).model_fields else ""
    varied = _varied(problem)
    head, last = (_texts()[part].format(name=name, **varied) for part in ("head", "last"))
    return head + own + learns + _foot(losses.load(name), problem) + last


def _foot(loss: losses.Loss, problem: Problem) -> str:
    """The keys that a loss of one's own has not: it is put together of others, and has no
    observations of its own."""
    inputs = problem.inputs
    fields = type(inputs).model_fields
    if "reduction" not in fields:
        return ""
    given = {key: getattr(inputs, key) for key in inputs.model_fields_set}
    shape = inputs.losses_shape({**given, WRITTEN: written_in(problem.data)})
    ones = [1] * (shape[0] if shape else 1)
    parts = ["foot", *(key for key in ("log_base", "mask", "over") if key in fields)]
    return "".join(_texts()[part] for part in parts).format(formula=loss.FORMULA, ones=ones)


def _varied(problem: Problem) -> dict[str, Any]:
    """A key with numbers, one that moves if there is one; one of its places, and between what
    numbers they might move."""
    keys = [*keys_with_numbers(type(problem.inputs), problem.data, losses)]
    keys = [each for each in keys if each.kind is not Kind.SYMBOL]
    moving = (each for each in keys if each.kind and {*_numbers(each.value)} - {-1, 0, 1})
    path = next(moving, keys[0]).path
    found: Any = problem.data
    names = path[: 2 if path[0] == "rnn" else 1]  # a network is no numbers, but has some
    for name in names:
        found = found[name]
    key = ".".join(map(str, names))
    numbers = [*_numbers(found)]
    least: float = math.floor(min(numbers))
    most: float = max(math.ceil(max(numbers)), least + 1)
    if (least, most) == (0, 1):
        least, most = 0.1, 0.9
    place = next(iter(found)) if isinstance(found, Mapping) else 1
    return {"key": key, "place": place, "least": least, "most": most}


def _numbers(value: Any) -> Iterator[float]:
    """All numbers in what is written under a key."""
    if isinstance(value, list | Mapping):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _numbers(each)
        return
    try:
        yield float(value)
    except ValueError:
        return
