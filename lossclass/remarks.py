"""All remarks by their codes: what each says, in a few words (``remarks.json``). A code stays the same
for ever."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

#: By what they are about.
BY_SUBJECT: Final[Mapping[str, Mapping[str, str]]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
#: Those that say that all is well: no warnings.
GOOD_NEWS: Final = frozenset({"published-right", "alignments-complete", "loss-fell"})
REMARKS: Final[Mapping[str, str]] = {
    code: what for codes in BY_SUBJECT.values() for code, what in codes.items()
}
