"""Records are what frozen dataclasses are."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossclass.records import record


@record
class Made:
    first: int
    second: tuple[str, ...] = ()
    aside: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Same:
    first: int
    second: tuple[str, ...] = ()
    aside: int = field(default=0, compare=False, repr=False)


@record
class Empty:
    """Without a field."""


@record
class Own:
    number: int

    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return "mine"


values = st.tuples(st.integers(0, 2), st.lists(st.sampled_from("ab")).map(tuple), st.integers(0, 1))


@given(values, values)
def test_a_record_is_written_compared_and_hashed_as_a_frozen_dataclass(
    one: tuple[int, tuple[str, ...], int], other: tuple[int, tuple[str, ...], int]
) -> None:
    made, same = (Made(*one), Made(*other)), (Same(*one), Same(*other))
    assert (made[0] == made[1]) == (same[0] == same[1])
    assert [hash(each) for each in made] == [hash(each) for each in same]
    assert repr(made[0]) == repr(same[0]).replace("Same", "Made")


def test_it_can_be_replaced_copied_and_taken_apart() -> None:
    made = Made(1, ("a",))
    assert replace(made, first=2) == Made(2, ("a",))
    assert pickle.loads(pickle.dumps(made)) == made
    assert [each.name for each in fields(made)] == ["first", "second", "aside"]
    match made:
        case Made(first, second):
            assert (first, second) == (1, ("a",))
        case _:
            pytest.fail("it cannot be taken apart by place")


def test_records_of_two_classes_are_never_equal() -> None:
    assert len({Made(1), Same(1), Made(1), Empty(), Empty()}) == 3


def test_what_a_class_has_of_its_own_stays() -> None:
    assert {hash(Own(1)), hash(Own(2))} == {1}
    assert repr(Own(1)) == "mine"


def test_no_field_is_assigned_to_again_or_taken_away() -> None:
    made = Made(1)
    with pytest.raises(FrozenInstanceError, match="first"):
        made.first = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="first"):
        del made.first
    assert made == Made(1)


class _Worked:
    """What both kinds of class below share."""

    def __post_init__(self) -> None:
        self.total: int = len(self.made) + self.least  # type: ignore[attr-defined]


@record
class Base(_Worked):
    made: list[int] = field(default_factory=list)
    least: int = field(default=3, kw_only=True)
    seen: dict[str, int] = field(default_factory=dict, init=False)


@dataclass
class SameBase(_Worked):
    made: list[int] = field(default_factory=list)
    least: int = field(default=3, kw_only=True)
    seen: dict[str, int] = field(default_factory=dict, init=False)


@record
class More(Base):
    more: int = 1


@dataclass
class SameMore(SameBase):
    more: int = 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), {}),
        (([1, 2],), {"least": 4}),
        ((), {"made": [5]}),
        (([1], 2, 3), {}),
        ((), {"seen": {}}),
        ((), {"unknown": 1}),
        (([1],), {"made": [2]}),
    ],
)
@pytest.mark.parametrize(("ours", "theirs"), [(Base, SameBase), (More, SameMore)])
def test_it_is_made_of_the_same_arguments_as_a_dataclass(
    ours: Any, theirs: Any, arguments: tuple[Any, ...], named: dict[str, Any]
) -> None:
    for _ in range(2):  # the first value of a class makes its __init__
        assert _made_of(ours, arguments, named) == _made_of(theirs, arguments, named)


def _made_of(cls: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    try:
        return vars(cls(*arguments, **named))
    except TypeError as refused:
        return str(refused).split(".")[-1]


def test_a_default_that_is_made_is_made_anew() -> None:
    assert Base().made is not Base().made


def test_a_class_under_a_record_without_fields_of_its_own_is_made_as_that() -> None:
    class Under(Made):
        pass

    assert (Under(1).first, Under(first=2).first) == (1, 2)
    assert type(Under(3)) is Under
