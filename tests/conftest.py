"""The options that our tests add to pytest's own, and what is left to a thorough run."""

from __future__ import annotations

import pytest
from hypothesis import settings

#: How many examples a property is tried on: in a run while one works, and in a thorough one.
EXAMPLES, THOROUGH_EXAMPLES = 50, 200


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--thorough",
        action="store_true",
        help="Run what takes long, too, and try every property on more examples; with "
        "'-m thorough', these alone.",
    )
    parser.addoption(
        "--fuzz",
        type=int,
        default=800,
        metavar="N",
        help="How many mutated problem files to read (tests/commands/test_mutated_problems.py), "
        "and a sixtieth of it of each other kind of input (test_mutated_inputs.py beside it).",
    )
    parser.addoption(
        "--fuzz-seed",
        type=int,
        default=0,
        metavar="SEED",
        help="Which mutated files: another number, other files.",
    )
    parser.addoption(
        "--slips",
        type=int,
        default=300,
        metavar="N",
        help="In how many random problems to look for slips (tests/slips/test_slips.py).",
    )


def pytest_configure(config: pytest.Config) -> None:
    examples = THOROUGH_EXAMPLES if config.getoption("--thorough") else EXAMPLES
    settings.register_profile("ours", settings(), max_examples=examples, deadline=None)
    settings.load_profile("ours")


@pytest.hookimpl(tryfirst=True)  # before pytest looks at -m
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--thorough"):
        for item in items:
            if tries_more(item):
                item.add_marker("thorough")
        return
    left_out = [item for item in items if item.get_closest_marker("thorough")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def tries_more(item: pytest.Item) -> bool:
    """Whether a test tries more cases where there is time for them."""
    is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    return is_property or item.get_closest_marker("fuzz") is not None
