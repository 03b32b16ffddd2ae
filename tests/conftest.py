"""The options that our tests add to pytest's own."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz",
        type=int,
        default=1500,
        metavar="N",
        help="How many mutated problem files to read (tests/test_mutated_problems.py).",
    )
    parser.addoption(
        "--fuzz-seed",
        type=int,
        default=0,
        metavar="SEED",
        help="Which mutated problem files: another number, other files.",
    )
    parser.addoption(
        "--slips",
        type=int,
        default=560,
        metavar="N",
        help="In how many random problems to look for slips (tests/test_slips.py).",
    )
