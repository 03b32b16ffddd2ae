"""YAML text to plain data that knows where it stood.

Scalars stay the text that was written: YAML's own guesses (``NO`` is false, ``12:30`` is 750,
``017`` is 15) are never asked for; the schema says what a text is. Documents are built from the
parser's event stream, which is iterative, so that depth is counted before anything recurses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

from lossclass.errors import InvalidProblem, Mistake
from lossclass.problem.printed import (
    has_list_of_arrays,
    lists_in,
    numbers_in_one,
    with_printed,
)
from lossclass.problem.text import (
    MOST_BYTES,
    UNPRINTABLE,
    Place,
    check_printable,
    control_message,
    invalid,
    syntax_mistake,
    with_plain_line_ends,
)
from lossclass.records import record

DEEPEST = 20
#: What may stand on one side of a decimal comma.
_HALF: Final = re.compile(r"-?\d+")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Path: TypeAlias = tuple[str | int, ...]


class WrittenText(str):
    """A scalar as it was written. ``quoted`` tells ``""`` from a value left out."""

    __slots__ = ("quoted",)
    quoted: bool

    def __new__(cls, text: str, *, quoted: bool) -> WrittenText:
        written = super().__new__(cls, text)
        written.quoted = quoted
        return written

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, bool]]:
        return (str(self),), {"quoted": self.quoted}


def is_nothing(value: Any) -> bool:
    """Whether a value is left out, as in ``title:`` with nothing behind it."""
    return isinstance(value, WrittenText) and not value and not value.quoted


def as_lists(text: str) -> Any:
    """The lists of a ``tensor([[1., 2.]])``, as Python prints it; any other text as it is."""
    if lists := lists_in(text):
        with suppress(InvalidProblem):  # the text itself will be refused
            document = read_documents(lists, "")[0]
            return text if document.mistakes else document.plain()
    return text


@dataclass
class Node:
    """A value and the place where it begins; line and column count from 1."""

    value: WrittenText | list[Node] | dict[str, Node]
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)
    #: Where keys stand that stand there already.
    again: dict[str, Place] = field(default_factory=dict)
    refused: bool = False

    def plain(self) -> Any:
        """Texts, lists and dictionaries."""
        if isinstance(self.value, list):
            row = self.value[0].value if len(self.value) == 1 else ""
            if isinstance(row, WrittenText) and not row.quoted and (cells := numbers_in_one(row)):
                return [WrittenText(cell, quoted=False) for cell in cells]
            return [node.plain() for node in self.value]
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        is_text = self.value.quoted and "\n" not in self.value  # no block of lines
        return self.value if is_text else as_lists(self.value)


@record
class Document:
    """One document of a file, and what is wrong with it before anyone asks what it means.

    A mapping that comes from Python has no root, and its mistakes have no place. Paths are in our
    words; ``said`` has by path the word for its last key that stands there instead.
    """

    file: str
    root: Node | None
    mistakes: tuple[Mistake, ...] = ()
    said: Mapping[Path, str] = field(default_factory=dict)

    def plain(self) -> Any:
        """The document's texts, lists and dictionaries."""
        return self.root.plain() if self.root else None

    def mistake(self, path: Path, message: str, *, at_key: bool = False) -> Mistake:
        """A mistake at ``path``, or as near to it as the document goes.

        ``at_key`` points to the last key itself rather than to its value.
        """
        path = self.as_written(path)
        if self.root is None:
            return Mistake(message, dotted(path), self.file)
        nodes = self._nodes(path)
        place = nodes[-1].place
        if at_key and len(nodes) == len(path) + 1:
            place = nodes[-2].keys.get(str(path[-1]), place)
        return Mistake(message, dotted(path), self.file, *place)

    def is_refused(self, path: Path) -> bool:
        """Whether something on the way to ``path`` could not be read, and was reported."""
        return any(node.refused for node in self._nodes(self.as_written(path)))

    def as_written(self, path: Path) -> Path:
        """A path in the words that stand there."""
        words = (self.said.get(path[: n + 1], part) for n, part in enumerate(path))
        written: Path = ()
        for word in words:
            nodes = self._nodes(written)
            there = nodes[-1].value if nodes and len(nodes) > len(written) else ()
            # a name with points that stands there as mappings in each other
            is_way = isinstance(word, str) and isinstance(there, dict) and word not in there
            written += tuple(str(word).split(".")) if is_way else (word,)
        return written

    def _nodes(self, path: Path) -> list[Node]:
        """The nodes on the way to ``path``, the root first, as far as the document goes."""
        nodes = [self.root] if self.root else []
        for key in path:
            value = nodes[-1].value if nodes else None
            if isinstance(value, dict) and key in value:
                nodes.append(value[str(key)])
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                nodes.append(value[key])
            else:
                break
        return nodes


#: Where a mapping from Python stands: nowhere in a file.
NOWHERE = Document("", None)


def dotted(path: Path) -> str:
    """A path as messages write it: list positions count from 1, as steps do."""
    return ".".join(str(key + 1) if isinstance(key, int) else key for key in path)


def read_documents(text: str, file: str) -> list[Document]:
    """The documents of a YAML text, each with its own mistakes.

    Values are taken in Unicode's composed form (NFC), so that an é is the same label however it
    was typed.

    Raises:
        InvalidProblem: it is not YAML, has control characters, is nested over 20 deep, over
            5 MB long, or holds nothing.
    """
    if len(text) > MOST_BYTES:
        raise invalid(f"the file has over {MOST_BYTES // 1_000_000} MB", file, (1, 1))
    text = with_plain_line_ends(text.removeprefix("\ufeff"))
    check_printable(text, file)
    documents = None
    if not has_list_of_arrays(text):
        with suppress(yaml.YAMLError):
            documents = list(_Composer(text, file).documents())
    if documents is None:
        documents = _documents_with_printed(text, file)
    if not documents:
        raise invalid("there is nothing in it", file, (1, 1))
    return documents


def _documents_with_printed(text: str, file: str) -> list[Document]:
    """The documents of a text that is YAML only without what stands around printed arrays.

    Raises:
        InvalidProblem: it is not.
    """
    made = with_printed(text)
    pairs = zip(text.split("\n"), made.split("\n"), strict=True)
    changed = {n for n, (before, after) in enumerate(pairs, start=1) if before != after}
    try:
        return list(_Composer(made, file, changed).documents())
    except yaml.YAMLError as error:
        _refuse_what_is_too_deep(error, made, file)
        raise InvalidProblem([syntax_mistake(error, made, file)]) from None


def _refuse_what_is_too_deep(error: yaml.YAMLError, text: str, file: str) -> None:
    """Count the depth before the place of an error: a parser that reads ahead may come to a limit
    of its own before it hands the brackets on that we count.

    Raises:
        InvalidProblem: it is nested over 20 deep.
    """
    for name in ("problem_mark", "context_mark"):  # an open quote begins at the second
        mark = getattr(error, name, None)
        if mark is not None:
            with suppress(yaml.YAMLError):  # of what is cut off here
                list(_Composer(text[: mark.index], file).documents())


def _has_decimal_commas(items: Sequence[Node]) -> bool:
    """Whether whole numbers stand two by two, ``[0,5, 1,5]``: then halves of numbers are meant."""
    texts = [each.value if isinstance(each.value, WrittenText) else "" for each in items]
    if len(texts) < 4 or len(texts) % 2 or not all(map(_HALF.fullmatch, texts)):
        return False
    gaps = [
        (each.place[0] - last.place[0], each.place[1] - last.place[1] - len(text))
        for last, text, each in zip(items, texts, items[1:], strict=False)
    ]
    in_pairs = all((gap == (0, 1)) is (n % 2 == 0) for n, gap in enumerate(gaps))
    return in_pairs and any(lines == 0 for lines, _ in gaps[1::2])  # not two to a line


class _Composer:
    """Builds nodes from parser events; no deeper than is allowed, so that it may recurse."""

    def __init__(self, text: str, file: str, printed: Collection[int] = ()) -> None:
        self.file, self.printed = file, printed  # the lines in which commas are ours
        self.mistakes: list[Mistake] = []
        self.events = yaml.parse(text, Loader=_Loader)
        self.depth = 0

    def documents(self) -> Iterator[Document]:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.mistakes = []
                root = self._node(next(self.events), None)
                if not is_nothing(root.value):
                    yield Document(self.file, root, tuple(self.mistakes))

    def _refuse(self, inside: Node | None, place: Place, message: str) -> None:
        """Note a mistake, but not another one inside what was refused already."""
        if not (inside and inside.refused):
            self.mistakes.append(Mistake(message, "", self.file, *place))

    def _node(
        self, event: Any, inside: Node | None, *, refused: bool = False, is_key: bool = False
    ) -> Node:
        """A node and all that is in it."""
        node = self._begun(event, inside)
        node.refused |= refused or (inside is not None and inside.refused)
        if isinstance(node.value, str):
            return node
        if is_key:
            message = "a key has to be a text, not a list or mapping"
            self._refuse(inside, node.place, message)
            node.refused = True
        if self.depth == DEEPEST:
            message = f"nested more than {DEEPEST} deep"
            raise InvalidProblem([*self.mistakes, Mistake(message, "", self.file, *node.place)])
        self.depth += 1
        while not isinstance(each := next(self.events), yaml.CollectionEndEvent):
            if isinstance(node.value, list):
                node.value.append(self._node(each, node))
            else:
                self._add_pair(node, node.value, self._node(each, node, is_key=True))
        self.depth -= 1
        if (
            isinstance(node.value, list)
            and node.place[0] not in self.printed
            and _has_decimal_commas(node.value)
        ):
            first, second = (each.value for each in node.value[:2])
            self._refuse(
                inside,
                node.place,
                f"{first},{second} are two numbers here, {first} and {second}: the decimal mark is a point, "
                f"{first}.{second}; or write a blank behind every comma, or none",
            )
            node.refused = True
        return node

    def _begun(self, event: Any, inside: Node | None) -> Node:
        """A node, without what is in it."""
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(
                inside, place, f"alias *{event.anchor}: write the value out, or quote the text"
            )
            return Node(WrittenText("", quoted=True), place, refused=True)
        if event.anchor is not None:
            self._refuse(inside, place, f"anchor &{event.anchor}: leave it out, or quote the text")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(inside, place, f"tag {tag}: leave it out, or quote the text")
        if isinstance(event, yaml.SequenceStartEvent):
            return Node([], place)
        if isinstance(event, yaml.MappingStartEvent):
            return Node({}, place)
        composed = unicodedata.normalize("NFC", event.value)
        text = WrittenText(composed, quoted=bool(event.style))
        if found := UNPRINTABLE.search(text):
            message = control_message(found.group())
            if event.style == '"':
                message += ", from a backslash between double quotes; use single quotes"
            self._refuse(inside, place, message)
            return Node(text, place, refused=True)
        return Node(text, place, refused=event.tag is not None)

    def _add_pair(self, mapping: Node, entries: dict[str, Node], key: Node) -> None:
        """Read the value behind a key, and add the two."""
        if isinstance(key.value, WrittenText) and not key.refused:
            if key.value in mapping.keys:
                first = mapping.keys[key.value][0]
                message = f"{key.value!r} stands here twice; first in line {first}"
                self._refuse(mapping, key.place, message)
                mapping.again[str(key.value)] = key.place
            mapping.keys.setdefault(str(key.value), key.place)
        value = self._node(next(self.events), mapping, refused=key.refused)
        if not key.refused:
            entries.setdefault(str(key.value), value)
