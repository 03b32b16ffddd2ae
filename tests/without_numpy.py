"""What is worked out and printed, for a process that has NumPy and for one that cannot import it, in
which this is a program: ``python tests/without_numpy.py problems`` prints it as JSON.
"""

from __future__ import annotations

import json
import re
import sys

if __name__ == "__main__":
    sys.modules["numpy"] = None  # type: ignore[assignment]  # so that whoever imports it is refused

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from programs import run

import lossclass
from lossclass import losses
from lossclass.errors import UsageError
from lossclass.explanations import topics
from lossclass.problem.bundled import bundled_problems
from lossclass.render import PACKAGES, RENDERERS


def worked_problems() -> Iterator[tuple[str, object]]:
    """The values of each bundled problem with its gradient, and with all that its loss has beside."""
    for name in bundled_problems():
        problem = lossclass.load(name)
        more = {extra.name: extra.example for extra in losses.extras_of(problem.loss)}
        one = problem.inputs.reduction != "none"
        asked = [{"gradient": one, "updated_loss": problem.learns}, more]
        for n, options in enumerate(asked):
            with suppress(UsageError):  # there is none over alignments that are listed
                solution = lossclass.solve(problem, **options)
                document = solution.to_dict()
                yield f"{name} {n}", {id: str(value) for id, value in solution.values.items()}
                yield f"{name} {n}: answer", [document["answer"], document.get("gradient")]


def printed() -> Iterator[tuple[str, object]]:
    """What commands print that is no problem worked out: explanations, questions, marks."""
    for topic in topics():
        yield topic, ended("explain", topic)
    answer = ("--answer", "0.4")
    for command in (
        ("explain", "mse", "--versus", "hinge"),
        ("quiz", "session_quiz", "--answers"),
        ("check", "hinge_sequence", *answer),
        ("check", "rnn_lstm", *answer),
        ("check", "--lint", "labelling_mean"),
        ("worksheet", "rnn_gru"),
        ("list",),
        ("new", "ctc"),
        ("schema",),
        ("practice", "three_step_episode"),
        ("export", "hello_ctc", "--to", "gift"),
    ):
        yield " ".join(command), ended(*command, typed="?\n0.4\nskip\n")
    with TemporaryDirectory() as folder:
        student = ("--count", "3", "--seed", "1", "--only-answers", "-o", folder, "--force")
        status, _ = ended("variants", "hinge_sequence", *student)
        yield "variants", (status, (Path(folder) / "answers.csv").read_text("utf-8"))
    for format in (each for each in RENDERERS if each not in PACKAGES):
        for name in ("ab_ctc", "rnn_adam"):
            yield (
                f"{name} as {format}",
                said(ended("solve", name, "--gradient", "--format", format)),
            )


def ended(*arguments: str, typed: str = "") -> Sequence[str]:
    """The status of a command, and what it prints."""
    end = run(*arguments, typed=typed)
    return str(end.returncode), end.stdout + end.stderr


def said(printed: Sequence[str]) -> Sequence[str]:
    """The status alone, and whether a comparison is told of as if it were made."""
    status, text = printed
    return status, "".join(re.findall(r"Checked|NumPy, by|gives the same", text))


WHAT = {"problems": worked_problems, "printed": printed}

if __name__ == "__main__":
    print(json.dumps(dict(WHAT[sys.argv[1]]())))
