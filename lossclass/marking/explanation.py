"""How a number that somebody wrote comes about: the simplest way of working that ends in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, TypeAlias

from lossclass.arithmetic.calculation import Rounding
from lossclass.records import record
from lossclass.solution import plain

Kind: TypeAlias = Literal["exact", "rounded", "slip", "convention", "carried", "none"]


@record
class Explanation:
    """What explains a number.

    Attributes:
        kind: ``exact`` for our value, ``rounded`` for it with rounding on the way, ``carried`` for
            what follows from what was written before, ``convention`` for another way to write the
            same, ``slip`` for a mistake; ``none`` where nothing is found.
        value: the exact number that was rounded to what is written; None for ``none``.
        rounding: how every step was rounded on the way, if that is it.
        code: of the slip or the convention.
        text: what there is to say of it; empty where it says itself.
    """

    kind: Kind
    value: Decimal | None = None
    rounding: Rounding | None = None
    code: str | None = None
    text: str = ""

    def to_dict(self) -> dict[str, Any]:
        """It as plain data."""
        data: dict[str, Any] = {
            "kind": self.kind,
            "value": None if self.value is None else plain(self.value),
            "digits": None if self.rounding is None else self.rounding.digits,
            "code": self.code,
        }
        if self.rounding is not None and self.rounding.kind == "decimals":
            data["decimals"] = True
        return data


NOTHING = Explanation("none")
