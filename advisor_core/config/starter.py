"""A first `.thoth.yaml` with comments, of what was detected. Pure: nothing is written here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.environment.declaration import EnvironmentDeclaration

__all__ = ["starter_file"]

_HEAD = """\
# How Thoth looks after this project. Nothing of it is needed: without this file the same is detected.
# Every key: docs/configuration.md. `thoth config` checks the file and shows what holds.

# The lockfile has to be valid in every one of these; the first is the default.
runtime_environments:
"""

_REST = """
    # What is best: latest, stable, performance, security or testing (docs/scores.md).
    recommendation_type: {kind}

# What the App does by itself: silent, advise (check runs), pull-request, or automerge.
mode: pull-request

# Rules for single packages; a conflict with one names its line.
# packages:
#   - name: django
#     allow: <6                    # only these releases are candidates
#   - name: [torch, torchvision]
#     ignore: {{update: major, until: 2027-01-31}}

# When a better lockfile is worth a change.
# advice:
#   margin: 10                     # points that it has to be better by
#   cooldown_days: 14              # younger releases are taken last
"""


def starter_file(declarations: Sequence[EnvironmentDeclaration]) -> str:
    """Return a file that says what was detected, with the other keys in comments."""
    parts = [_HEAD]
    for declaration in declarations:
        parts.append(
            f"  - name: {_quote(declaration.name)}\n"
            f"    python_version: {_quote(declaration.python.value)}"
            f"{_comment(declaration.python.source)}\n"
            f"    platform: {_quote(declaration.platform.value)}"
            f"{_comment(declaration.platform.source)}\n"
        )
        if declaration is not declarations[-1]:
            kind = declaration.recommendation_type or "stable"
            parts.append(f"    recommendation_type: {kind}\n")
    kind = declarations[-1].recommendation_type or "stable"
    return "".join(parts) + _REST.format(kind=kind).removeprefix("\n")


def _quote(text: str) -> str:
    """Return a YAML text: JSON's are, and a version is no number."""
    return json.dumps(text, ensure_ascii=False)


def _comment(source: str) -> str:
    # A file's name may hold anything.
    plain = "".join(letter if letter.isprintable() else "?" for letter in source)
    return f"  # {plain}"
