"""Print the JSON Schema of problem files, or of exam files."""

from __future__ import annotations

from typing import Final

from lossclass.commands.options import option

OPTIONS: Final = {"exam": option("Print that of exams, which name several problems.")}


def schema(exam: bool = False) -> None:
    """Print the JSON Schema of problem files, for editors that check them while you write.

    For example: lossclass schema > lossclass.schema.json
    """
    import json

    from lossclass import losses
    from lossclass.exams.exam_file import exam_schema
    from lossclass.problem.schema import problem_schema

    made = exam_schema() if exam else problem_schema(losses)
    print(json.dumps(made, indent=2, ensure_ascii=False))
