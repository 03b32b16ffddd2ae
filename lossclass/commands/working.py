"""Commands that work problems out, explain, and list what there is."""

from __future__ import annotations

import typer

from lossclass.choices import NOTHING_MORE, Wanted
from lossclass.commands import options, working_options
from lossclass.commands.common import console, file_of, format_of
from lossclass.render import Detail


def solve(
    problems: options.Problems,
    format: working_options.Format = None,
    detail: working_options.HowMuch = None,
    digits: options.Digits = None,
    log_base: working_options.Base = None,
    reduction: working_options.Reduce = None,
    round_as_you_go: working_options.RoundAsYouGo = None,
    gradient: options.Gradient = False,
    updated_loss: working_options.UpdatedLoss = False,
    extras: options.Extras = NOTHING_MORE.extras,
    frameworks: working_options.Frameworks = False,
    plot: working_options.Plot = None,
    output: options.Output = None,
    force: options.Force = False,
    strict: working_options.Strict = False,
) -> None:
    """Work problems out, step by step.

    For example: lossclass solve hello_ctc
    """
    from lossclass.output import refuse_existing, write
    from lossclass.render import View, renderer
    from lossclass.runs.batch import Batch
    from lossclass.runs.plotting import plotted

    to = file_of(output)
    for path in filter(None, (to, plot)):
        refuse_existing(path, force=force)
    overrides = {"digits": digits, "log_base": log_base, "reduction": reduction}
    everything = detail is Detail.FULL
    wanted = Wanted(gradient, everything, updated_loss, extras)
    batch = Batch(problems, overrides, round_as_you_go, frameworks, wanted)
    view = View(console(to), detail or Detail.BOARD, batch.several, everything)
    solutions = batch.solutions() if plot is None else plotted(batch, plot, force=force)
    write(renderer(format or format_of(to))(solutions, view), to, force=force)
    raise typer.Exit(batch.exit_status(strict=strict))


def explain(topic: working_options.Topic = None, versus: working_options.Versus = None) -> None:
    """Explain a loss, or another topic of the course.

    For example: lossclass explain hinge, or: lossclass explain mse --versus cross_entropy
    """
    from lossclass import explanations
    from lossclass.output import write

    if topic is None and versus is not None:
        raise typer.BadParameter("--versus needs a loss to put the other beside.")
    if topic is None:
        write([explanations.overview().text(console(None))], None)
    elif versus is None:
        write([explanations.explain(topic).text(console(None))], None)
    else:
        write([explanations.compare(topic, versus).text(console(None))], None)


def list_() -> None:
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


def new(loss: working_options.LossName) -> None:
    """Print a problem to start from, with every key explained. It solves as it is.

    For example: lossclass new ctc > my_problem.yaml
    """
    from lossclass import losses
    from lossclass.errors import UsageError
    from lossclass.losses._template import template
    from lossclass.suggest import nearest

    name = losses.canonical_name(loss)
    if name is None:
        near = nearest(loss.lower(), losses.names())
        hint = f"did you mean {near!r}?" if near else "'lossclass list' shows those that there are"
        raise UsageError(f"no loss is called {loss!r}; {hint}")
    print(template(name), end="")


def schema() -> None:
    """Print the JSON Schema of problem files, for editors that check them while you write.

    For example: lossclass schema > lossclass.schema.json
    """
    import json

    from lossclass import losses
    from lossclass.problem.schema import problem_schema

    print(json.dumps(problem_schema(losses), indent=2, ensure_ascii=False))
