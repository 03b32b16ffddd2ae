"""The words that people use for keys, values and losses, and what they mean here.

The words stand in ``words.yaml``, which is read only where a problem has a word that is not ours. A
word that means one thing is read as that; of one that may mean several, or none that there is, it
is said what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, is_dataclass
from functools import cache
from importlib.resources import files
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel

from lossclass.problem.predictions import KEY, replaced_by_file
from lossclass.problem.vary import rules_in
from lossclass.problem.yaml_source import Path
from lossclass.records import record

if TYPE_CHECKING:
    from lossclass.problem.keys import ProblemKeys
    from lossclass.problem.problem import Catalogue

#: The keys that there may be at a place, each with the type of its value.
Fields: TypeAlias = Mapping[str, Any]
#: What is wrong: the path, why, and whether the key is meant and not its value.
Wrong: TypeAlias = tuple[Path, str, bool]

#: Words that are shorter when folded are only those that are written just so: w is not W.
_SHORTEST_FOLDED: Final = 3
_NOT_FOLDED: Final = re.compile(r"[\s_.()-]+")
_CALLED: Final = re.compile(r"(?:[A-Za-z_]\w*\.)*(\w.*?)(?:\(\))?")
#: The name of a class, as nobody writes it who does not mean that of a library: KLDivergence.
_IS_CLASS: Final = re.compile(r"[A-Z]+[a-z]+(?:[A-Z]+[a-z]+)+|[A-Z]{2,}[a-z]+")
#: The cells that have gates.
_GATED: Final = ("gru", "lstm")


# --- the table ---------------------------------------------------------------------------


@cache
def table() -> Mapping[str, Any]:
    """What stands in ``words.yaml``."""
    import yaml

    text = files(__package__).joinpath("words.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # all scalars are texts
    loaded: Mapping[str, Any] = yaml.load(text, loader)  # noqa: S506 - a file of ours
    return loaded


def folded(word: str) -> str:
    """A word without what does not count: capitals, hyphens, underscores, points and spaces."""
    return _NOT_FOLDED.sub("", word).casefold()


def _is_one_of(word: str, words: Iterable[str]) -> bool:
    fold = folded(word)
    if len(fold) < _SHORTEST_FOLDED:
        return word in words
    return any(fold == folded(each) for each in words)


def _applies(entry: Mapping[str, Any], keys: Collection[str], given: Collection[str] = ()) -> bool:
    if not set(given).isdisjoint(entry.get("unless", ())):
        return False
    return "beside" not in entry or entry["beside"] in keys


def meant(word: str, keys: Collection[str], given: Collection[str] = ()) -> list[str]:
    """Which of some keys a word means that is none of them, where others are given."""
    if found := [key for key in keys if len(folded(key)) > 2 and _is_one_of(word, (key,))]:
        return found
    entries = (
        each for each in table()["keys"] if each["key"] in keys and _applies(each, keys, given)
    )
    return list(dict.fromkeys(each["key"] for each in entries if _is_one_of(word, each["words"])))


def said_of(word: str, keys: Collection[str]) -> str:
    """What to write in the place of a word that means none of some keys; nothing if that is not
    known."""
    entries = (each for each in table()["named"] if _applies(each, keys))
    return next((each["says"] for each in entries if _is_one_of(word, each["words"])), "")


def said_of_value(key: str, value: Any) -> str:
    """What to say of a value that is none of a key's."""
    found = table()["values_named"].get(key, {})
    plain = _plain_value(value) if isinstance(value, str) else ""
    return next((says for word, says in found.items() if folded(word) == plain), "")


def _plain_value(written: str) -> str:
    """A value without a ``torch.`` before it, brackets behind it, and what does not count."""
    called = _CALLED.fullmatch(written.strip())
    return folded(called[1] if called else written)


def choice_meant(key: str, written: str, choices: Sequence[str]) -> str | None:
    """Which of a key's values is meant by a text that is none of them."""
    plain = _plain_value(written)
    words = table()["values"].get(key, {})
    for choice in choices:
        if plain and plain in map(folded, (choice, *words.get(choice, ()))):
            return choice
    return None


# --- the names of losses -----------------------------------------------------------------


@record
class Named:
    """A loss by another name.

    Attributes:
        loss: ours, if there is one.
        keys: what the name says beside it, where the problem does not.
        of: the key under which its predictions stand.
        weight: what its ``weight`` is.
        mean: what to say of its mean, which is another than ours.
        says: why there is none, and what there is.
    """

    loss: str | None
    keys: Mapping[str, str] = field(default_factory=dict)
    of: str | None = None
    weight: str | None = None
    mean: str = ""
    says: str = ""


#: A loss by our own name, which tells nothing.
_OURS: Final = Named(None)


def loss_named(written: str, catalogue: Catalogue) -> Named:
    """The loss that a name stands for: one of ours, however it is written, or what a library or a
    book calls one."""
    if (own := catalogue.canonical_name(written)) is not None:
        return Named(own)
    own_names = {folded(each): catalogue.canonical_name(each) for each in catalogue.names()}
    found = next(_losses_called(*_without_prefix(written), own_names), None)
    if found is None:
        return Named(None)
    if isinstance(found, str):
        return Named(None, says=found) if " " in found else Named(found)
    more = {key: each for key, each in found.items() if key not in ("loss", "of", "weight", "mean")}
    return Named(found["loss"], more, found.get("of"), found.get("weight"), found.get("mean", ""))


def _without_prefix(written: str) -> tuple[str, str]:
    """The library that a name names, if it does, and the name without it."""
    prefixes = {each: library for library, those in table()["prefixes"].items() for each in those}
    before, _, bare = written.strip().removesuffix("()").rpartition(".")
    return prefixes.get(before, ""), bare if before in prefixes else written.strip()


def _losses_called(library: str, name: str, own: Mapping[str, str | None]) -> Iterator[Any]:
    """What there is under a name, the best first.

    Args:
        library: the one that is named with it, if one is.
        own: our names, folded, and what they are names of.
    """
    losses: Mapping[str, Mapping[str, Any]] = table()["losses"]
    if name in losses.get(library, {}):
        yield losses[library][name]
    fold = folded(name)
    known = [those[name] for those in losses.values() if name in those]
    is_known = bool(known) and all(each == known[0] for each in known)
    if is_known and _IS_CLASS.fullmatch(name):
        yield known[0]
    yield from _other_names(fold, own)
    if is_known:
        yield known[0]
    yield from _other_names(fold.removesuffix("loss"), own)


def _other_names(fold: str, own: Mapping[str, str | None]) -> Iterator[Any]:
    if fold in own:
        yield own[fold]
    for loss, names in table()["names"].items():
        if fold in map(folded, names):
            yield loss
    for name, found in table()["other_names"].items():
        if fold == folded(name):
            yield found
    for entry in table()["formulas"]:
        if fold in map(folded, entry["names"]):
            yield f"it is custom here, with numbers under given and the formula {entry['formula']}"


# --- a problem in our words --------------------------------------------------------------


#: No list has places of so many digits.
_LONGEST_PLACE: Final = 9


class Reading:
    """A problem in our words.

    Attributes:
        named: what the name of its loss stands for.
        model: the keys that it may have; None where there is no such loss.
        data: the problem with our words in the place of others.
        said: the words that stood there, by the path in our words.
        wrong: what could mean several things, or is said twice.
        unclear: the paths of keys that are not missing: a word that may mean them is there.
    """

    def __init__(self, data: Mapping[str, Any], catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.said: dict[Path, str] = {}
        self.wrong: list[Wrong] = []
        self.unclear: set[Path] = set()
        self._fields: dict[Path, Fields] = {}
        self._ours: dict[Path, str] = {}
        self.named: Named
        self.model: type[ProblemKeys] | None
        self.data: dict[str, Any]
        self.named, self.model, self.data = self._problem(data, ())

    def our_name(self, name: str, at: Path = ()) -> str:
        """A name with points, such as ``targets.2``, in our words; a letter only means what it
        means as a key of this problem, for there are letters in braces in TeX."""
        path, parts = at, []
        for part in name.split("."):
            fields = self._fields.get(path, {})
            ours = self._ours.get((*path, part), part)
            if ours not in fields and len(folded(ours)) >= _SHORTEST_FOLDED:
                found = meant(ours, fields) if fields else []
                ours = found[0] if len(found) == 1 else ours
            parts.append(ours)
            is_place = ours.isdecimal() and len(ours) < _LONGEST_PLACE
            path = (*path, int(ours) - 1 if is_place else ours)
        return ".".join(parts)

    def _problem(
        self, data: Mapping[str, Any], path: Path
    ) -> tuple[Named, type[ProblemKeys] | None, dict[str, Any]]:
        """A problem, or one inside another: its loss first, then its form, for they say which other
        keys there are."""
        made = dict(data) if "loss" in data else self._keys(data, {"loss": None}, path)
        written = made.get("loss")
        named = loss_named(written, self.catalogue) if isinstance(written, str) else Named(None)
        if named.loss is None:
            return named, None, made
        if self.catalogue.canonical_name(str(written)) is None:
            made["loss"] = named.loss
        any_form = self.catalogue.inputs_of(named.loss)
        known = {key for keys in (any_form, *any_form.FORMS.values()) for key in keys.model_fields}
        if any_form.FORM and (any_form.FORM in made or not known.issuperset(made)):
            form = any_form.FORM
            made = self._keys(made, {form: any_form.model_fields[form].annotation}, path)
        own = {folded(str(key)) for key in made}
        made |= {key: each for key, each in named.keys.items() if folded(key) not in own}
        model = self.catalogue.inputs_of(named.loss, made)
        made = self._keys(made, _fields_of(model), path, named, known)
        if named.weight == "class_weights":
            self._add_what_is_silent(made, named, path)
        elif named.weight == "weights" and "weights" in made:
            if 0 < _depth(made["weights"]) < _depth(made.get(named.of)):
                made["weights"] = [made["weights"]]  # one a column, as PyTorch broadcasts them
            if made.get("reduction", "mean") == "mean":
                made.pop(
                    "over", None
                )  # a mean of rows' means is that of all, which have a weight each
        self._read_mean_of_rows(made, named, model, path)
        if isinstance(made.get("vary"), Mapping):
            made["vary"] = self._names(made["vary"], path)
        return named, model, made

    def _read_mean_of_rows(
        self, made: dict[Any, Any], named: Named, model: type[ProblemKeys], path: Path
    ) -> None:
        """``batchmean`` of PyTorch's divergence, which divides by what its first axis has; and a
        ``mean`` that is another than ours."""
        reduction, at = made.get("reduction"), (*path, "reduction")
        if named.mean and reduction == "mean":
            self.wrong.append((at, named.mean, True))
        elif reduction == "batchmean" and "true_logits" in model.model_fields:
            axes = max(_depth(made.get(key)) for key in ("y_pred", "logits", "log_probs"))
            if axes == 2:
                made["reduction"] = "mean"
            elif axes == 1:
                del made["reduction"]
                says = "of one distribution, batchmean divides by the number of classes: say sum"
                self.wrong.append((at, says, False))

    def _add_what_is_silent(self, made: dict[Any, Any], named: Named, path: Path) -> None:
        """What PyTorch's cross-entropies do without being asked: -100 does not count, and with
        weights of classes that are numbers, the mean is the weighted one. In a square of classes by
        time steps nobody sees which are the rows."""
        true: Any = made.get("y_true")
        predicted: Any = made.get(named.of)
        if _has(true, "-100"):
            made.setdefault("ignore", "-100")
        axes = _depth(predicted) or 2  # those of a network: T × C
        is_labels = _depth(true) < axes or _width(true) == 1 < _width(predicted)
        if made.get("reduction") == "mean" and "class_weights" in made and is_labels:
            made["reduction"] = "weighted_mean"
        if axes == 3 and _depth(true) == 2 and len(predicted[0]) == len(predicted[0][0]):
            says = (
                "a loss of that name has the classes along the second axis, and here they stand along the "
                f"last: permute(0, 2, 1), and call the loss {named.loss}"
            )
            self.wrong.append(((*path, named.of or ""), says, False))

    def _names(self, rules: Mapping[str, Any], path: Path) -> dict[str, Any]:
        """The rules of ``vary`` by names in our words."""
        made: dict[str, Any] = {}
        for way, rule in rules_in(rules):
            word = ".".join(map(str, way))
            self._put(made, word, self.our_name(word, path), rule, (*path, "vary"))
        return made

    def _keys(
        self,
        data: Mapping[Any, Any],
        fields: Fields,
        path: Path,
        named: Named = _OURS,
        known: Collection[str] = (),
    ) -> dict[Any, Any]:
        """The keys of a mapping in our words, and so what stands under them.

        Args:
            named: what the name of the loss tells of its keys.
            known: keys of other forms of the loss, which mean themselves.
        """
        self._fields[path], of = fields, named.of
        made: dict[Any, Any] = {}
        for word, value in data.items():
            if of in fields and word in fields and word == "y_pred" and of != word:
                # our key for probabilities, where a library's name asks for others
                says = (
                    f"a loss of that name takes {of}; our own name for it takes probabilities here"
                )
                self.wrong.append(((*path, word), says, True))
                self.unclear.add((*path, word))
                continue
            keys = [word] if word in known else _meanings(word, fields, data, named)
            if len(keys) > 1:
                meaning = table()["meaning"]
                said = [f"{key} ({meaning[key]})" if key in meaning else key for key in keys]
                self.wrong.append(((*path, word), f"here it is {' or '.join(said)}", True))
                self.unclear |= {(*path, key) for key in keys}
                continue
            key = keys[0] if keys else word
            if key != word and key in data:
                self._refuse_second(word, key, path)
                continue
            at = (*path, key)
            self._put(made, word, key, self._value(fields.get(key), value, at), path)
        if isinstance(cell := made.get("cell"), str) and cell in _GATED and "cell" in fields:
            gates = table()["gates"].get(cell, {})
            for key, value in made.items():
                if isinstance(value, Mapping):
                    made[key] = self._gates(value, gates, (*path, key))
        return made

    def _gates(
        self, tables: Mapping[Any, Any], gates: Mapping[str, Any], path: Path
    ) -> dict[Any, Any]:
        """What stands under the gates of a cell, by our letters for them."""
        made: dict[Any, Any] = {}
        for word, value in tables.items():
            found = [
                g for g, words in gates.items() if word not in gates and _is_one_of(word, words)
            ]
            self._put(made, word, found[0] if found else word, value, path)
        return made

    def _put(self, made: dict[Any, Any], word: Any, key: Any, value: Any, path: Path) -> None:
        if key in made:
            self._refuse_second(word, key, path)
            return
        if key != word:
            self.said[(*path, key)], self._ours[(*path, word)] = word, key
        made[key] = value

    def _refuse_second(self, word: Any, key: Any, path: Path) -> None:
        other = self.said.get((*path, key), key)
        means = f"{key}, and so does {other}" if other != key else f"{key}, which is here as well"
        self.wrong.append(((*path, word), f"here it means {means}; keep one of the two", True))

    def _value(self, hint: Any, value: Any, path: Path) -> Any:
        """What stands under a key, in our words."""
        if isinstance(value, str):
            choices = _choices(hint)
            if not choices or value in choices:
                return value
            return choice_meant(str(path[-1]), value, choices) or value
        if isinstance(value, Mapping):
            return self._mapping(hint, value, path)
        if isinstance(value, list | tuple) and (item := _item(hint)) is not None:
            return [
                self._keys(each, _fields_of(item), (*path, n))
                if isinstance(each, Mapping)
                else each
                for n, each in enumerate(value)
            ]
        return value

    def _mapping(self, hint: Any, value: Mapping[Any, Any], path: Path) -> Mapping[Any, Any]:
        from lossclass.problem.problem import Problem

        if hint is Problem:
            return self._problem(value, path)[2]
        if get_origin(hint) is dict:  # the keys are names
            item = get_args(hint)[-1]
            return {key: self._value(item, each, (*path, key)) for key, each in value.items()}
        model = _model(hint)
        return value if model is None else self._keys(value, _fields_of(model), path)


def _meanings(word: Any, fields: Fields, data: Mapping[Any, Any], named: Named) -> Sequence[Any]:
    """The keys that a word may mean, one of them itself, where others are given."""
    if named.of in fields and meant(str(word), ("y_pred",), data):
        return [named.of]
    if word in fields:
        return [word]
    keys = meant(word, fields, data) if isinstance(word, str) else []
    return [named.weight] if named.weight in keys and word == "weight" else keys


def _has(value: Any, cell: str) -> bool:
    if isinstance(value, list | tuple):
        return any(_has(each, cell) for each in value)
    return str(value) == cell


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list | tuple) and value else 0


def _width(value: Any) -> int:
    """How long the innermost lists are."""
    while _depth(value) > 1:
        value = value[0]
    return len(value) if _depth(value) else 0


def _fields_of(model: type[Any]) -> Fields:
    """The keys of a model, each with the type of its value."""
    if issubclass(model, BaseModel):
        fields = {name: field.annotation for name, field in model.model_fields.items()}
        replaced = replaced_by_file(fields)
        return fields if replaced is None else {**fields, KEY: None}
    return get_type_hints(model)


def _through(hint: Any) -> Iterator[Any]:
    """A type, and those in it where it may be left out or has something said of it."""
    if get_origin(hint) in (Annotated, Union, UnionType):
        for each in get_args(hint):
            yield from _through(each)
    else:
        yield hint


def _model(hint: Any) -> type[Any] | None:
    """The class whose fields are the keys of a mapping of this type."""
    return next((each for each in _through(hint) if _is_a(each, BaseModel)), None)


def _item(hint: Any) -> type[Any] | None:
    """The class whose fields are the keys of each mapping in a list of this type."""
    lists = (get_args(each) for each in _through(hint) if get_origin(each) in (list, tuple))
    return next((of[0] for of in lists if _is_a(of[0], BaseModel) or is_dataclass(of[0])), None)


def _is_a(hint: Any, kind: type[Any]) -> bool:
    return isinstance(hint, type) and issubclass(hint, kind)


def _choices(hint: Any) -> Sequence[str]:
    """The texts that a type takes, where it is a choice."""
    return next((get_args(each) for each in _through(hint) if get_origin(each) is Literal), ())
