"""What ``lossclass`` alone says: the things to try first."""

from __future__ import annotations

from typing import Final

from lossclass.commands.common import console

#: A command, and what it is for.
TO_TRY: Final = (
    ("lossclass solve hello_ctc", "a loss worked out, every product and logarithm"),
    ("lossclass explain hinge", "what a loss is for, and what people get wrong"),
    ("lossclass practice hinge_sequence", "be asked step by step, marked at once"),
    ("lossclass check hinge_sequence --answer 1.4", "another number? where it comes from"),
    ("lossclass new ctc > mine.yaml", "a problem of your own, with every key explained"),
)
_REST: Final = (
    "'lossclass list' has all problems and losses, 'lossclass --help' all commands, among them keys, "
    "variants and questions for those who teach."
)


def greet() -> None:
    """Print it, each command with what it is for below."""
    from rich.padding import Padding
    from rich.text import Text

    screen = console(None)
    screen.print("Worked solutions for the loss functions of recurrent neural networks. Try:\n")
    for command, what in TO_TRY:
        screen.print(Padding(Text(command, style="bold cyan"), (0, 0, 0, 2), expand=False))
        screen.print(Padding(Text(what), (0, 0, 0, 6), expand=False))
    screen.print()
    screen.print(Text(_REST))
