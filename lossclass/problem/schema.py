"""The JSON Schema of problem files, for editors that check YAML while it is written."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from lossclass.problem.keys import ProblemKeys
from lossclass.problem.predictions import KEY, replaced_by_file
from lossclass.problem.problem import Catalogue

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class WrittenSchema(GenerateJsonSchema):
    """A value that our own code checks, and that says nothing here, may be anything."""

    def generate_inner(self, schema: Any) -> JsonSchemaValue:
        """A copy, for the schema that a type says of itself is for all of its keys, and pydantic before
        2.11 writes the default of one into it."""
        return dict(super().generate_inner(schema))

    def function_plain_schema(self, schema: Any) -> JsonSchemaValue:
        return {}

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        """What may be left out may not be null: there is one way to say nothing, and one clear
        message instead of "not valid under any of the given schemas"."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        """The same for a default of None."""
        inner = super().default_schema(schema)
        if inner.get("default", "") is None:
            del inner["default"]
        return inner

    def literal_schema(self, schema: Any) -> JsonSchemaValue:
        """A choice such as ``"2"`` may be written as the number 2."""
        choices = schema["expected"]
        numbers = [int(choice) for choice in choices if choice.isdecimal()]
        return {"enum": [*choices, *numbers]}


def problem_schema(losses: Catalogue) -> dict[str, Any]:
    """One schema for the problems of all losses.

    The loss decides which keys are checked (``if`` its name ``then`` its keys), so that a mistake
    gives one message, and not one for every loss that the problem is not.
    """
    names = {name: losses.all_names(name) for name in losses.canonical_names()}
    return {
        "$schema": DIALECT,
        "title": "A lossclass problem",
        "type": "object",
        "required": ["loss"],
        "properties": {"loss": {"enum": [each for known in names.values() for each in known]}},
        "allOf": [
            {
                "if": {"properties": {"loss": {"enum": known}}, "required": ["loss"]},
                "then": {"$ref": f"#/$defs/{name}"},
            }
            for name, known in names.items()
        ],
        "$defs": {name: _keys_of(losses, name, known) for name, known in names.items()},
    }


def _keys_of(losses: Catalogue, name: str, known: list[str]) -> dict[str, Any]:
    """The schema of one loss's keys, its inner definitions kept inside; where it has several forms,
    the one that a problem asks for decides again."""
    inputs, here = losses.inputs_of(name), f"#/$defs/{name}"
    if not inputs.FORMS:
        return _schema_of(inputs, here, known)
    first, *_ = inputs.FORMS
    return {
        "properties": {inputs.FORM: {"enum": [*inputs.FORMS]}},
        "allOf": [
            {
                "if": {
                    "properties": {inputs.FORM: {"enum": [form]}},
                    "required": [] if form == first else [inputs.FORM],
                },
                "then": {"$ref": f"{here}/$defs/{form}"},
            }
            for form in inputs.FORMS
        ],
        "$defs": {
            form: _schema_of(keys, f"{here}/$defs/{form}", known)
            for form, keys in inputs.FORMS.items()
        },
    }


def _schema_of(inputs: type[ProblemKeys], here: str, known: list[str]) -> dict[str, Any]:
    schema = inputs.model_json_schema(
        ref_template=f"{here}/$defs/{{model}}", schema_generator=WrittenSchema
    )
    schema["properties"]["loss"] = {"enum": known}
    if replaces := replaced_by_file(schema["properties"]):
        schema["properties"][KEY] = {"type": "string"}
        schema["required"] = [key for key in schema["required"] if key != replaces]
    return schema
