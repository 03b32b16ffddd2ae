"""The problems that come with lossclass."""

from __future__ import annotations

from pathlib import Path


def bundled_folder() -> Path:
    """Where they are: inside an installed package, or beside the package in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "problems"
    return inside if inside.is_dir() else package.parent / "problems"


def bundled_problems() -> dict[str, Path]:
    """Their files by name."""
    return {path.stem: path for path in sorted(bundled_folder().glob("*.yaml"))}
