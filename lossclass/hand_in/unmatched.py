"""Why a line of working is none of a step, where there is something to say of it."""

from __future__ import annotations

import re
from typing import Final

from lossclass.hand_in.items import Item
from lossclass.hand_in.names import Names, parts_of, spelling_of

_MINUS: Final = re.compile(r"\s*[-−–]\s*(?=[^\W\d])")
#: Longer names are those of nothing.
_LONGEST: Final = 40
#: A letter with a number can be of anything, and is no reason to think of an option.
_FEWEST: Final = 2


def why_unmatched(item: Item, names: Names) -> str:
    """Why a chain with a name is none of a step, to be put behind it; nothing if there is no more to say."""
    for name in (each for each in item.chain.names[:1] if len(each) <= _LONGEST):
        several, minus = names.ids(name), _MINUS.match(name)
        if len(several) > 1:
            return f"; {names.why_none(name)}"
        if several:
            return ""
        if names.is_no_alignment(spelling_of(name)):
            return "; this alignment is none of those that the problem counts"
        if minus and len(ids := names.ids(name[minus.end() :])) == 1:
            return f"; {ids[0]} is this without the minus"
        if len(parts_of(name)) > _FEWEST and (option := names.option_for(name)):
            return f"; this is a step with {option}: give this option, too"
    return ""
