"""All keys of problem files, with what may stand under each: read off the models that check them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lossclass import losses
from lossclass.problem.keys import ProblemKeys
from lossclass.problem.predictions import KEY, replaced_by_file
from lossclass.problem.schema import problem_schema

#: Keys that hold keys of their own, which are listed once.
_PARTS = ("rnn", "train")
_KINDS = {"boolean": "true or false", "object": "keys and values", "string": "a text"}


def listed() -> str:
    """The keys as Markdown: those of every problem, those of each loss, those of a network."""
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
            lines += [*_entries(keys, without=common), ""]
    for part in _PARTS:
        lines += [f"### Under {part}", "", *_entries(first["$defs"][part.title()]), ""]
    return "\n".join(lines).strip()


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
        return " or ".join(dict.fromkeys(map(_written, choices)))
    kinds = schema.get("type", ())
    if isinstance(kinds, str):
        return _number(schema) if kinds in ("number", "integer") else _KINDS.get(kinds, "a list")
    if "array" in kinds:
        return _array(schema)
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
    if "exclusiveMinimum" in schema:
        return f"{what} above {schema['exclusiveMinimum']}"
    if "minimum" in schema:
        return f"{what} of at least {schema['minimum']}"
    return what


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
