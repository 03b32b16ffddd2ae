"""What there is, as Markdown: the slips, the words, and all keys of problem files with what may stand
under each, read off the models that check them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from lossclass import losses
from lossclass.problem.fields import NAME_OF
from lossclass.problem.keys import ProblemKeys
from lossclass.problem.predictions import KEY, replaced_by_file
from lossclass.problem.schema import problem_schema
from lossclass.problem.words import folded, table
from lossclass.slips.catalogue import BY_SUBJECT

#: Keys that hold keys of their own, which are listed once.
_PARTS = ("rnn", "train")
_KINDS = {"boolean": "true or false", "object": "keys and values", "string": "a text"}


def slips() -> str:
    """The catalogue: each code, with what it is."""
    lines: list[str] = []
    for subject, kinds in BY_SUBJECT.items():
        lines += [f"### {subject}", ""]
        lines += [f"- `{code}`: {kind.what}" for code, kind in kinds.items()]
        lines.append("")
    return "\n".join(lines).strip()


def keys() -> str:
    """Those of every problem, those of each loss, those of a network."""
    schemas = problem_schema(losses)["$defs"]
    first = next(iter(schemas.values()))
    common = set(ProblemKeys.model_fields)
    others = set(first["properties"]) - common
    lines = ["### In every problem", "", *_entries(first, without=others), ""]
    for name, schema in schemas.items():
        lines += [f"### {name}", ""]
        for form, keys in _forms(name, schema).items():
            if form:
                lines += [f"With {losses.inputs_of(name).FORM}: {form}", ""]
            none = [key for key in ProblemKeys.model_fields if key not in keys["properties"]]
            lines += (
                [f"There is no {' and no '.join(f'`{key}`' for key in none)}.", ""] if none else []
            )
            lines += [*_entries(keys, without=common), ""]
    for part in _PARTS:
        lines += [f"### Under {part}", "", *_entries(first["$defs"][part.title()]), ""]
    return "\n".join(lines).strip()


def words() -> str:
    """Those that are read as keys, values and losses."""
    known = table()
    lines = ["### Keys", ""]
    for key in dict.fromkeys(entry["key"] for entry in known["keys"]):
        said = (_with_place(each) for each in known["keys"] if each["key"] == key)
        lines.append(f"- `{key}`: {'; '.join(said)}")
    lines += ["", "### Gates", ""]
    for cell, gates in known["gates"].items():
        a = "an" if cell == "lstm" else "a"
        lines += [f"- `{gate}` of {a} {cell}: {_as_code(said)}" for gate, said in gates.items()]
    lines += ["", "### Values", ""]
    for key, values in known["values"].items():
        lines += [f"- `{key}: {value}`: {_as_code(said)}" for value, said in values.items()]
    read, asked = _losses(known)
    lines += ["", "### Losses", ""]
    lines += [f"- {what}: {', '.join(names)}" for what, names in read.items()]
    lines += ["", "### What is asked back", ""]
    lines += [f"- {', '.join(names)}: {says}" for says, names in asked.items()]
    lines += [f"- {', '.join(each['words'])}: {each['says']}" for each in known["named"]]
    for key, values in known["values_named"].items():
        lines += [f"- `{key}: {value}`: {says}" for value, says in values.items()]
    return "\n".join(lines)


def _with_place(entry: Mapping[str, Any]) -> str:
    where = [f"where there may be {entry['beside']}"] if "beside" in entry else []
    where += [f"not beside {' or '.join(entry['unless'])}"] if "unless" in entry else []
    return _as_code(entry["words"]) + (f" ({', '.join(where)})" if where else "")


def _as_code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _losses(known: Mapping[str, Any]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Names by the losses that they stand for, and those of no loss by what is said of them."""
    names = [
        (_of_library(name, library, losses.names()), found)
        for library, those in known["losses"].items()
        for name, found in those.items()
    ]
    names += [(each, loss) for loss, those in known["names"].items() for each in those]
    read: dict[str, list[str]] = {}
    asked: dict[str, list[str]] = {}
    for name, found in [*names, *known["other_names"].items()]:
        if isinstance(found, str) and " " in found:
            asked.setdefault(found, []).append(name)
        else:
            read.setdefault(_stands_for(found), []).append(name)
    return read, {says: list(dict.fromkeys(those)) for says, those in asked.items()}


def _of_library(name: str, library: str, own: Collection[str]) -> str:
    """A library's name for a loss; where it would be ours alone, with the library."""
    alone = {folded(each) for each in own}
    is_own = folded(name) in alone or folded(name).removesuffix("loss") in alone
    return f"{library}'s {name}" if is_own else name


def _stands_for(found: str | Mapping[str, str]) -> str:
    if isinstance(found, str):
        return f"`{found}`"
    told = ("loss", "of", "weight")
    more = [f"`{key}: {value}`" for key, value in found.items() if key not in told]
    of = f" of {found['of']}" if "of" in found else ""
    weight = f", whose `weight` is `{found['weight']}`" if "weight" in found else ""
    return f"`{found['loss']}`{of}{' with ' if more else ''}{', '.join(more)}{weight}"


def _forms(name: str, schema: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The schemas of a loss's forms by their names; the one of a loss that has none by ""."""
    forms = losses.inputs_of(name).FORMS
    return {form: schema["$defs"][form] for form in forms} or {"": schema}


def _entries(schema: Mapping[str, Any], without: Collection[str] = ()) -> Iterator[str]:
    properties = schema["properties"]
    replaced = replaced_by_file(properties)
    for key, value in properties.items():
        if key in without:
            continue
        what = _what(key, value)
        if key == KEY and replaced:
            what = f"the name of a file (.csv or .npy) with the numbers of {replaced}"
        if key in schema.get("required", ()):
            what += "; it must be there"
        elif ours := value.get(NAME_OF):
            what = f"PyTorch's name for {ours}"
        elif any(
            key in one["required"]
            for rule in schema.get("allOf", ())
            for one in rule.get("anyOf", ())
        ):
            what += "; it must be there, under this name or PyTorch's"
        elif (default := value.get("default")) not in (None, {}):
            what += f"; without it, {_written(default)}"
        yield f"- `{key}`: {what}"


def _what(key: str, schema: Mapping[str, Any]) -> str:
    """What may stand under a key, in a few words."""
    if key == "loss":
        return "the name of a loss"
    if key in _PARTS:
        return f"keys of its own, see Under {key}"
    if choices := schema.get("enum"):
        if any(each is True for each in choices):  # beside 1, which is read as that
            return _KINDS["boolean"]
        return " or ".join(dict.fromkeys(map(_written, choices)))
    kinds = schema.get("type", ())
    if isinstance(kinds, str):
        return _number(schema) if kinds in ("number", "integer") else _KINDS.get(kinds, "a list")
    if "array" in kinds:
        return _array(schema)
    if "object" in kinds:
        return f"{_number({**schema, 'type': 'number'})}, or keys and values"
    return "a label or a number"


def _array(schema: Mapping[str, Any]) -> str:
    inner, axes = schema, 0
    while isinstance(inner.get("items"), Mapping):
        inner, axes = inner["items"], axes + 1
    kinds = inner.get("type", ())
    of = "labels or numbers" if "null" in kinds else "numbers"
    by_name = ", or by name" if "object" in schema["type"] else ""
    alone = "a number, or " if "number" in schema["type"] and of == "numbers" else ""
    if axes > 1:
        return f"{alone}a list of {of}, in up to {axes} axes{by_name}"
    return f"{alone}a list of {of}{by_name}"


def _number(schema: Mapping[str, Any]) -> str:
    what = "a whole number" if schema["type"] == "integer" else "a number"
    if "minimum" in schema and "maximum" in schema:
        return f"{what} from {schema['minimum']} to {schema['maximum']}"
    if "minimum" in schema and "exclusiveMaximum" in schema:
        return f"{what} of at least {schema['minimum']}, below {schema['exclusiveMaximum']}"
    if "exclusiveMinimum" in schema:
        return f"{what} above {schema['exclusiveMinimum']}"
    if "minimum" in schema:
        return f"{what} of at least {schema['minimum']}"
    return what


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


#: By the names of the directives that give them.
LISTINGS: Final = {"slips": slips, "keys": keys, "words": words}
