"""List what there is."""

from __future__ import annotations

from lossclass.commands.common import console


def list() -> None:
    """List the losses, and the problems and quizzes that come with lossclass.

    For example: lossclass list
    """
    from lossclass import losses
    from lossclass.problem.bundled import bundled_problems, bundled_quizzes
    from lossclass.problem.files import load_all
    from lossclass.quiz import quiz_file
    from lossclass.render.catalogue import catalogue

    known = [(name, losses.load(name)) for name in losses.canonical_names()]
    console(None).print(
        catalogue(
            [(name, ", ".join(loss.ALIASES), loss.FORMULA) for name, loss in known],
            [
                (name, problem.title or "")
                for name, path in bundled_problems().items()
                for problem in load_all(path, losses)
            ],
            [(name, quiz_file.load(path).title) for name, path in bundled_quizzes().items()],
        )
    )
