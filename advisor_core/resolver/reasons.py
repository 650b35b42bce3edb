"""Why each package of a stack is at its version: newest, or held back by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor_core.model import Pin, Stack
    from advisor_core.resolver.session import Session

__all__ = ["explain_pins"]


def explain_pins(session: Session, stack: Stack) -> dict[str, str]:
    """Return one clause of plain text per package of a stack that the session answered with."""
    return {name: _explain(session, pin) for name, pin in stack.pins.items()}


def _explain(session: Session, pin: Pin) -> str:
    releases = session.projects[pin.name]
    assert releases is not None  # noqa: S101 - a package of a stack is on an index
    chosen = list(releases.versions).index(pin.version)
    newer = ((1 << chosen) - 1) & ~session.unusable(pin.name)
    if not newer:
        return _with_requirers("newest release that fits" if chosen else "newest release", pin)
    lowest = newer.bit_length() - 1
    holders = []
    for edge in pin.required_by:
        specifier = edge.requirement.specifier
        matched = int.from_bytes(releases.match(specifier), "little") if specifier else -1
        if not matched >> lowest & 1:
            holders.append(f"{edge.parent or 'the manifest'} needs {specifier}")
    newest = releases.versions[(newer & -newer).bit_length() - 1]
    if holders:
        return f"held below {newest}: " + ", ".join(dict.fromkeys(holders))
    if pin.name in session.request.fixed:
        return "the version that the default category pins"
    return f"held below {newest} by what newer releases require"


def _with_requirers(text: str, pin: Pin) -> str:
    parents = sorted({edge.parent for edge in pin.required_by if edge.parent is not None})
    if pin.direct or not parents:
        return text
    named = ", ".join(parents[:2]) + (f" and {len(parents) - 2} more" if len(parents) > 2 else "")
    return f"{text}; required by {named}"
