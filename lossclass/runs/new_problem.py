"""A problem asked for on the terminal, key by key, and written as a file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lossclass import losses
from lossclass.arithmetic.number import is_number
from lossclass.asking import Page, command_in
from lossclass.errors import FileError, Interrupted, InvalidProblem, Mistake
from lossclass.output import refuse_existing, write
from lossclass.problem.problem import validate
from lossclass.problem.typed import as_example, as_yaml, typed_value
from lossclass.problem.words import Named, Reading
from lossclass.problem.yaml_source import read_documents
from lossclass.records import record

if TYPE_CHECKING:
    from rich.console import Console

_BACK: Final = "back"
_HOW: Final = (
    "Each key has an example of what to type: numbers with commas between them, rows with "
    "semicolons. ? says more of a key, Enter leaves out what may be left out, back goes to the key "
    "before, and Ctrl-C or Ctrl-D ends without writing anything."
)
_MORE: Final = (
    "More keys? Type one with its value, such as reduction: sum. ? lists them, Enter is enough."
)
_KEY: Final = re.compile(r"\s*([^\s:=]+)\s*[:=]\s*(.+)")
#: Rows, perhaps behind a key, and in a tensor(…) as Python prints it.
_ROWS: Final = re.compile(r"(?:\w+\s*[:=]\s*)?(?:[\w.]+\()?\[")
_HELP: Final = "?"
_TITLE: Final = "What to call the problem."
#: So many values are read back one by one.
_MOST_READ_BACK: Final = 8


def ask_for_problem(
    named: Named, console: Console, to: Path | None, *, force: bool = False
) -> None:
    """Ask for a problem of a loss, and write it to a file or to standard output.

    Args:
        named: one of ours, with what its name says beside it.
        to: the file; without it, whoever sits at a terminal is asked for its name.
        force: write over the file if it exists.

    Raises:
        FileError: the file exists, or cannot be written.
        Interrupted: somebody has had enough.
    """
    refuse_existing(to, force=force)
    asking = _Asking(named, Page(console))
    try:
        text = asking.whole()
        to = to or asking.file()
    except (EOFError, KeyboardInterrupt):
        asking.page.line()
        raise Interrupted("nothing was written") from None
    write([text], to, force=force)
    if to is not None:
        asking.page.say(f"Written to {to}. Solve it with: lossclass solve {to}")


class _Asking:
    def __init__(self, named: Named, page: Page) -> None:
        assert named.loss is not None  # noqa: S101 - it is one of ours
        self.loss, self.page = losses.load(named.loss), page
        title = _Way("title", _TITLE, "My problem", is_first=True)
        any_form = losses.inputs_of(named.loss)
        forms = (any_form, *any_form.FORMS.values())
        known = {key for form in forms for key in form.model_fields}
        self.ways = [title, *_ways(losses.template_of(named.loss), known)]
        self._said = ""
        self.data: dict[str, Any] = {"loss": named.loss, **named.keys}
        if self.loss.Inputs.FORM in named.keys:  # the template is one of another form
            self.ways = [title]
            keys = ["title", *filter(self._is_required, self._fields())]
        else:
            keys = [each.key for each in self.ways if each.is_first]
        keys = [key for key in keys if key not in self.data]
        self.keys = sorted(keys, key=lambda key: key == "formula")  # behind the names in it

    def whole(self) -> str:
        """The problem as YAML, when it is valid."""
        self.page.say(f"A problem: {self.loss.TITLE}", "bold")
        self.page.say(_HOW, "dim")
        place, at_the_end = 0, {*map(_first, self._missing())}
        while place < len(self.keys):
            place = max(0, place + (-1 if self._ask(self.keys[place]) == _BACK else 1))
            missing = [each for each in self._missing() if _first(each) not in at_the_end]
            self._say(missing)
            self.keys[place:place] = dict.fromkeys(map(_first, missing))
        while wrong := self._wrong():
            self._say(wrong)
            for key in dict.fromkeys(map(_first, wrong)):
                if key:
                    self._ask(key, must=True)
                else:
                    self._ask_for_more()
        self._ask_for_more()
        ordered = {key: self.data[key] for key in ("loss", *self.keys) if key in self.data}
        return as_yaml(ordered | self.data)

    def file(self) -> Path | None:
        """The file that somebody wants it in, if somebody sits there; None to print it."""
        while self.page.interactive:
            self.page.line()
            self.page.say("A file for it, such as mine.yaml? Enter prints it.", "dim")
            name = self.page.ask("file> ").strip()
            if not name:
                return None
            try:
                refuse_existing(Path(name), force=False)
            except FileError:
                self.page.say(f"{name} exists already: another name?", mark="✗")
            else:
                return Path(name)
        return None

    def _ask(self, key: str, *, must: bool = False) -> str:
        """Ask for a key until it fits, or is left out; what was typed in the end."""
        self.data.pop(key, None)
        self._show(key)
        while True:
            typed = self._typed(f"{key}> ")
            if typed == _BACK and not must:
                return typed
            if typed == _HELP:
                self._help(key)
            elif not typed:
                lacking = self._lacking(key)
                if not (must or lacking or self._is_required(key)):
                    return typed
                self._say(lacking)
                in_place = "" if self._is_required(key) else ", or another key in its place, as KEY: VALUE"  # fmt: skip
                self.page.say(f"{key} must be there{in_place}.", mark="✗")
            elif (must or self._lacking(key)) and (other := self._other_key(typed)):
                if self._take(*other):
                    return typed
            elif self._take(key, typed):
                return typed

    def _typed(self, prompt: str) -> str:
        """What is typed, with the lines that its rows go on in, as those of an array do."""
        typed = self.page.ask(prompt).strip()
        while _ROWS.match(typed) and typed.count("[") > typed.count("]"):
            if not (more := self.page.ask("… ").strip()):
                break
            typed = f"{typed} {more}"
        return typed

    def _show(self, key: str) -> None:
        self.page.line()
        first, *others = self._ways_of(key) or [_Way(key)]
        comment = first.comment if first.comment != self._said else ""
        self._said = first.comment
        if not (self._is_required(key) or self._lacking(key)):
            comment += " It may be left out."
        if others:
            comment += " There is another way; ? shows it."
        if comment:
            self.page.say(comment.strip(), "dim")
        self._say_example(first.example)

    def _help(self, key: str) -> None:
        """Say in which ways a key is given."""
        for each in self._ways_of(key):
            self.page.say(each.comment, "dim")
            self._say_example(each.example)
        self.page.say("'lossclass explain keys' says what may stand under each key.", "dim")

    def _ways_of(self, key: str) -> list[_Way]:
        return [each for each in self.ways if each.key == key]

    def _say_example(self, example: str) -> None:
        if example:
            self.page.say(f"for example {example}", "dim", indent=2)

    def _other_key(self, typed: str) -> tuple[str, str] | None:
        """A key that was typed with its value in the place of the one that was asked for."""
        found = _KEY.fullmatch(typed)
        return (found[1], found[2]) if found and found[1] in self._fields() else None

    def _take(self, key: str, typed: str) -> bool:
        """Put down a value if it is valid beside what is there already; else say why not."""
        try:
            self.data[key] = typed_value(key, typed)
            wrong = [each for each in self._wrong() if _first(each) in self.data]
        except InvalidProblem as error:  # it is no YAML
            wrong = [Mistake(each.message, key) for each in error.mistakes]
        if wrong:
            self.data.pop(key, None)
            if (command := command_in(typed)) == "quit":  # which can be a title, or a label
                raise EOFError
            if command == "help":
                self._help(key)
                return False
            self._say(wrong)
            self._say_example("".join(each.example for each in self._ways_of(key)[:1]))
        elif read := _read_back(self.data[key]):
            self.page.say(f"Taken as {read}.", "dim", indent=2)
        return not wrong

    def _ask_for_more(self) -> None:
        """Ask for keys that the template has behind a #."""
        self.page.line()
        self.page.say(_MORE, "dim")
        while typed := self._typed("> "):
            if typed == "?":
                self.page.say(", ".join(key for key in self._fields() if key not in self.data))
                self.page.say("'lossclass explain keys' says what may stand under each.", "dim")
            elif (found := _KEY.fullmatch(typed)) is None:
                self.page.say("Expected a key, a colon and a value.", mark="✗")
            elif found[1] in self.data:
                self.page.say(f"{found[1]} is there already.", mark="✗")
            else:
                self._take(found[1], found[2])

    def _wrong(self) -> list[Mistake]:
        """What is wrong with what is there so far."""
        try:
            validate(self.data, losses)
        except InvalidProblem as error:
            return error.mistakes
        return []

    def _lacking(self, key: str) -> list[Mistake]:
        """Why a key may not be left out."""
        return [each for each in self._wrong() if _first(each) == key and key not in self.data]

    def _missing(self) -> list[Mistake]:
        """The keys that something given needs, and that would not be asked for."""
        return [
            each
            for each in self._wrong()
            if (key := _first(each)) and key not in self.data and key not in self.keys
        ]

    def _say(self, wrong: list[Mistake]) -> None:
        for mistake in wrong:
            self.page.say(str(mistake), mark="✗")

    def _fields(self) -> Mapping[str, Any]:
        model = Reading(self.data, losses).model
        assert model is not None  # noqa: S101 - the loss is one of ours
        return model.model_fields

    def _is_required(self, key: str) -> bool:
        fields = self._fields()
        return key in fields and fields[key].is_required()


def _first(mistake: Mistake) -> str:
    """The key of a mistake."""
    return mistake.path.partition(".")[0]


@record
class _Way:
    """How a key is given.

    Attributes:
        comment: what it means.
        example: what to type.
        is_first: whether the template is solved with it; others stand in its place.
    """

    key: str
    comment: str = ""
    example: str = ""
    is_first: bool = False


def _ways(template: str, known: Collection[str]) -> Iterator[_Way]:
    """The keys in a template, those behind a # too, each with the comment above it."""
    for paragraph in template.split("\n\n"):
        comment: list[str] = []
        above, given, is_first = "", "", True
        for line in [*paragraph.splitlines(), ""]:
            text = line.removeprefix("# ")
            found = re.match(r"(\w+):(?: |$)", text)
            is_key = found is not None and (found[1] in known or text == line)
            if given and (is_key or not text.startswith(" ")):
                (document,) = read_documents(given, "")
                for key, value in document.plain().items():
                    yield _Way(key, above, as_example(value), is_first)
                given = ""
            if is_key:
                above, comment = " ".join(comment) or above, []
                given, is_first = text, text == line
            elif given:
                given += f"\n{text}"
            else:
                comment.append(text)


def _read_back(value: Any) -> str:
    """What was understood of several values; nothing of one that is as it was typed."""
    match value:
        case Mapping():
            return f"{len(value)} values by name: {_in_words(value)}"
        case [list(), *_]:
            lengths = {len(row) if isinstance(row, list) else 1 for row in value}
            of = f" of {_many(max(lengths))}" if len(lengths) == 1 else ""
            rows = "1 row" if len(value) == 1 else f"{len(value)} rows"
            return f"{rows}{of}: {as_example(value)}"
        case list():
            kind = "number" if all(map(is_number, map(str, value))) else "value"
            return f"{_many(len(value), kind)}: {_in_words(value)}"
    return ""


def _many(count: int, kind: str = "value") -> str:
    return f"1 {kind}" if count == 1 else f"{count} {kind}s"


def _in_words(values: Collection[Any]) -> str:
    shown = [str(each) for each in values][:_MOST_READ_BACK]
    return ", ".join(shown) + (" …" if len(values) > len(shown) else "")
