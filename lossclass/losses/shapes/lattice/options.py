"""What can be asked of a lattice beyond the loss."""

from __future__ import annotations

from lossclass.choices import Extra


def on_request(name: str, help: str) -> Extra[bool]:
    """More steps, for who asks for them: in a solution, on a worksheet, in its marking, in practice."""
    commands = ("solve", "check", "worksheet", "key", "practice")
    return Extra(name, help, default=False, example=True, commands=commands)
