"""Print the JSON Schema of problem files."""

from __future__ import annotations


def schema() -> None:
    """Print the JSON Schema of problem files, for editors that check them while you write.

    For example: lossclass schema > lossclass.schema.json
    """
    import json

    from lossclass import losses
    from lossclass.problem.schema import problem_schema

    print(json.dumps(problem_schema(losses), indent=2, ensure_ascii=False))
