"""What a command decided, and how that is taken back: kept in the answer itself. Pure.

    /thoth pin flask==2.3        the answer's hidden block: undo = [{"edits": [{"package": "flask", ...}]}]
    /thoth undo                  does what the last such block of the thread says

Whoever may edit Thoth's comments may change the block. So it is read strictly, and it can only say what
a command may say, given by a person who may command.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import msgspec

from advisor_core.config.edit import RuleEdit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.config.rules import PackageRule

__all__ = ["Step", "decode_steps", "encode_steps", "inverse_edits", "step_edits", "steps_of_edits"]

_MOST_BYTES = 20_000

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?", re.ASCII)


class _Edit(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A `RuleEdit`, as it is kept."""

    package: str
    pin: str | None = None
    ignore: str | None = None
    until: str | None = None
    remove: tuple[Literal["ignore", "pin"], ...] = ()


class Step(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One thing to do in order to take something back."""

    edits: tuple[_Edit, ...] = ()
    """Of rules, in order."""
    merge: Literal["on", "off", ""] = ""
    """Whether the pull request is merged when green."""
    state: Literal["open", "closed", ""] = ""
    """Of the pull request."""


_DECODER = msgspec.json.Decoder(tuple[Step, ...])


def encode_steps(steps: Sequence[Step]) -> str:
    """Return the steps as text."""
    return msgspec.json.encode(tuple(steps)).decode()


def decode_steps(text: str) -> tuple[Step, ...]:
    """Return what `encode_steps` wrote; nothing for any other text."""
    if len(text) > _MOST_BYTES:
        return ()
    try:
        steps = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return ()
    edits = [edit for step in steps for edit in step.edits]
    return steps if all(_NAME.fullmatch(edit.package) for edit in edits) else ()


def step_edits(step: Step) -> tuple[RuleEdit, ...]:
    """Return the edits of a step as the configuration takes them."""
    return tuple(
        RuleEdit(each.package, each.pin, each.ignore, each.until, each.remove)
        for each in step.edits
    )


def steps_of_edits(edits: Iterable[RuleEdit]) -> Step:
    """Return a step that makes those edits."""
    return Step(
        edits=tuple(
            _Edit(each.package, each.pin, each.ignore, each.until, each.remove)  # type: ignore[arg-type] # of the two names
            for each in edits
        )
    )


def inverse_edits(rules: Sequence[PackageRule], package: str) -> tuple[RuleEdit, ...]:
    """Return the edits after which a package has the ignores and the pin that it has in `rules`."""
    found = [rule for rule in rules if package in rule.names]
    edits = [RuleEdit(package, remove=("ignore", "pin"))]
    edits += [
        RuleEdit(package, ignore=ignored.text or str(ignored.update), until=ignored.until)
        for rule in found
        for ignored in rule.ignore
    ]
    edits += [RuleEdit(package, pin=rule.pin) for rule in found if rule.pin is not None]
    return tuple(edits)
