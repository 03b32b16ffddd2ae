"""``lossclass new LOSS``: what it prints solves as it is, and leaves no key out."""

from __future__ import annotations

import re
from collections import Counter
from io import StringIO
from itertools import pairwise

import pytest

import lossclass
from lossclass import losses
from lossclass.losses._template import template
from lossclass.problem.files import load_all
from lossclass.variants.space import spaces_of


def keys_of(name: str) -> set[str]:
    """The keys of a loss, in all of its forms."""
    inputs = losses.inputs_of(name)
    return {key for each in (inputs, *inputs.FORMS.values()) for key in each.model_fields}


@pytest.mark.parametrize("name", losses.canonical_names())
def test_a_template_solves_as_it_is(name: str) -> None:
    solution = lossclass.solve(StringIO(template(name)))
    assert solution.about.loss == name
    assert solution.cross_check.agrees


@pytest.mark.parametrize("name", losses.canonical_names())
def test_a_template_names_every_key(name: str) -> None:
    named = set(re.findall(r"^(?:# )?(\w+):", template(name), re.MULTILINE))
    assert keys_of(name) <= named
    others = (
        "hinge huber mean_squared_error mean_absolute_error sequence_hinge edit_distance custom"
    )
    assert ("log_base" in named) is (name not in others.split())


@pytest.mark.some(6)
@pytest.mark.parametrize("name", losses.canonical_names())
def test_what_a_loss_takes_moves_in_variants_by_itself(name: str) -> None:
    (problem,) = load_all(StringIO(template(name)), losses)
    assert spaces_of(problem)[0].moving


@pytest.mark.parametrize("name", losses.canonical_names())
def test_a_template_fits_on_100_columns(name: str) -> None:
    assert max(map(len, template(name).splitlines())) <= 100


def paragraphs(lines: list[str]) -> list[range]:
    """The places of lines that stand together, without an empty one between."""
    ends = [n for n, line in enumerate([*lines, ""]) if not line]
    return [range(start + 1, end) for start, end in pairwise([-1, *ends])]


def keys(name: str, lines: list[str], where: range, mark: str) -> dict[str, range]:
    """The keys behind a mark (``# `` or nothing) in some lines, with the lines of each."""
    known, found = keys_of(name), dict[str, range]()
    for n in where:
        key = re.match(f"{mark}(\\w+):(?: |$)", lines[n])
        if key and key[1] in known:
            end = next((m for m in where if m > n and not lines[m].startswith(f"{mark}  ")), None)
            found[key[1]] = range(n, end or where.stop)
    return found


def names_behind(what: str, comment: str) -> tuple[list[str], bool]:
    """The keys that a comment names behind words, and whether one of them is enough."""
    said = re.search(what + r" (\w+(?: above)?(?:, \w+)*(?: or \w+)?)", comment)
    names = re.findall(r"\w+", said[1]) if said else []
    return [name for name in names if name not in {"above", "or"}], "or" in names


def uncommented(name: str, key: str, at: range, group: range) -> str:
    """The template with a key, and with those that it is used with as its comment says; without
    those in whose place it stands."""
    lines = template(name).splitlines()
    blocks = paragraphs(lines)
    optional = {k: v for block in blocks for k, v in keys(name, lines, block, "# ").items()}
    own = keys(name, lines, range(len(lines)), "")
    prose = " ".join(lines[n].removeprefix("# ") for n in group)
    replaced, _ = names_behind("In the place of", prose)
    waiting = list(keys(name, lines, group, "# ").items()) if replaced else [(key, at)]
    taken = dict[str, range]()
    while waiting:
        key, at = waiting.pop(0)
        taken[key] = at
        comment = lines[at[0]].partition("  # ")[2]
        replaced += names_behind("in the place of", comment)[0]
        companions, one_is_enough = names_behind("with", comment)
        missing = [each for each in companions if each not in taken]
        if one_is_enough:
            missing = missing[:1] if missing == companions else []
        waiting += [(each, optional[each]) for each in missing]
    out = {n for each in replaced for n in own[each]}
    used = {n for each in taken.values() for n in each}
    return "\n".join(
        line.removeprefix("# ") if n in used else line
        for n, line in enumerate(lines)
        if n not in out
    )


OPTIONAL = [
    pytest.param(name, key, at, group, id=f"{name}-{key}-{at[0]}")
    for name in losses.canonical_names()
    for lines in [template(name).splitlines()]
    for group in paragraphs(lines)
    for key, at in keys(name, lines, group, "# ").items()
]


@pytest.mark.parametrize(("name", "key", "at", "group"), OPTIONAL)
@pytest.mark.some(12)
def test_every_optional_key_of_a_template_can_be_used(
    name: str, key: str, at: range, group: range
) -> None:
    solution = lossclass.solve(StringIO(uncommented(name, key, at, group)))
    assert solution.about.loss == name
    assert solution.cross_check.agrees


def test_every_template_has_optional_keys() -> None:
    found = Counter(param.values[0] for param in OPTIONAL)
    assert set(found) == set(losses.canonical_names())
    assert min(found.values()) > 3
