"""What units of other packages answer, as plain values on the way between processes. Pure.

The parent takes nothing from the child but JSON, and makes of it only the values listed here, with
fields of the right types: a unit of another package may be wrong, but cannot hand in anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.interface import (
    Justification,
    Match,
    MatchTerm,
    Removal,
    ScorePart,
    StackMessage,
)
from advisor_core.pipeline.units.interface import Stop

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["WireError", "from_plain", "to_plain"]

_MARK = "#"

_TEXT = (str,)
_MAYBE_TEXT = (str, type(None))
_LIST = (tuple,)

_CLASSES: Mapping[type, Mapping[str, tuple[type, ...]]] = {
    StackMessage: {"type": _TEXT, "message": _TEXT, "link": _TEXT, "source": _TEXT},
    Stop: {"reason": _TEXT},
    Removal: {"version": _TEXT, "reason": _TEXT, "unit": _TEXT, "link": _TEXT},
    Justification: {
        "type": _TEXT,
        "message": _TEXT,
        "link": _TEXT,
        "package": _MAYBE_TEXT,
        "version_range": _MAYBE_TEXT,
        "advisory": _MAYBE_TEXT,
        "source": _TEXT,
        "points": (int,),
    },
    ScorePart: {
        "name": _TEXT,
        "points": (int,),
        "source": _TEXT,
        "link": _TEXT,
        "level": _TEXT,
        "justifications": _LIST,
    },
    Match: {
        "name": _TEXT,
        "specifier": _TEXT,
        "index_url": _MAYBE_TEXT,
        "not_index_url": _MAYBE_TEXT,
        "develop": (bool, type(None)),
        "absent": (bool,),
        "versions": (frozenset, type(None)),
    },
    MatchTerm: {
        "when": _LIST,
        "unit": _TEXT,
        "score": (int, type(None)),
        "forbid": _MAYBE_TEXT,
        "requires": (tuple, type(None)),
        "skips": _MAYBE_TEXT,
        "every_requirer": (bool,),
        "stands_for": (tuple, type(None)),
        "level": _TEXT,
        "source": _TEXT,
        "link": _TEXT,
        "justifications": _LIST,
    },
}
"""Class to its fields with what each may hold."""

_BY_NAME = {cls.__name__: cls for cls in _CLASSES}

_CHOICES = {"type": {"INFO", "WARNING", "ERROR"}, "level": {"security", "main"}}

_MEMBERS: Mapping[str, type] = {
    "justifications": Justification,
    "when": Match,
    "requires": str,
    "stands_for": str,
    "versions": str,
}
"""Field that is a list to what is in it."""

_MAXIMUM_POINTS = 2**53


class WireError(ValueError):
    """A unit answered something that it may not."""


def to_plain(value: object) -> object:
    """Return the value as JSON can hold it; raises WireError for other values."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, frozenset | set):
        return {_MARK: "set", "items": sorted(map(str, value))}
    fields = _CLASSES.get(type(value))
    if fields is None:
        raise WireError(f"a unit may not answer with {type(value).__name__}")
    plain = {field: to_plain(getattr(value, field)) for field in fields}
    return {_MARK: type(value).__name__, **plain}


def from_plain(plain: object) -> object:
    """Return the value; raises WireError when it is none that a unit may answer."""
    if plain is None or isinstance(plain, str | bool | int | float):
        return plain
    if isinstance(plain, list):
        return tuple([from_plain(item) for item in plain])
    if not isinstance(plain, dict):
        raise WireError(f"a unit may not answer with {type(plain).__name__}")
    name = plain.get(_MARK)
    if name == "set":
        return frozenset(map(str, plain["items"]))
    cls = _BY_NAME.get(name) if isinstance(name, str) else None
    if cls is None:
        raise WireError(f"a unit may not answer with {name!r:.80}")
    values = {field: from_plain(plain.get(field)) for field in _CLASSES[cls]}
    for field, value in values.items():
        _check(cls, field, value)
    return cls(**values)


def _check(cls: type, field: str, value: object) -> None:
    allowed = _CLASSES[cls][field]
    wrong = not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)
    if field in _CHOICES and value not in _CHOICES[field]:
        wrong = True
    if isinstance(value, int) and abs(value) > _MAXIMUM_POINTS:
        wrong = True
    member = _MEMBERS.get(field)
    if member is not None and isinstance(value, tuple | frozenset):
        wrong = wrong or not all(isinstance(item, member) for item in value)
    if wrong:
        raise WireError(f"{cls.__name__}.{field} may not be {value!r:.80}")
