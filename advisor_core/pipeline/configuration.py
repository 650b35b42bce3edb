"""Configurations of units, checked against what each unit declares. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.errors import Fault
from advisor_core.standards import normalize_name, specifier_contains

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from advisor_core.pipeline.units.interface import Option

__all__ = ["PLACE", "check_configuration", "place_faults", "read_configurations"]

PLACE = "advice.units"
"""Where units are configured, in a `.thoth.yaml`."""


_NUMBER = re.compile(r"[-+]?(?:\d{1,15}\.\d{0,15}|\.\d{1,15})", re.ASCII)


def read_configurations(
    units: Mapping[str, object], known: Collection[str], *, place: str = PLACE
) -> tuple[dict[str, list[Mapping[str, object]] | None], list[Fault]]:
    """Return unit name to its configurations, None: left out; and what is wrong.

    The values are not checked yet: `check_configuration` does that for each unit.
    """
    found: dict[str, list[Mapping[str, object]] | None] = {}
    faults = []
    for name, given in units.items():
        where = f"{place}.{name}"
        if name not in known:
            from difflib import get_close_matches  # noqa: PLC0415 - slow, and only for a mistake

            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else "docs/units.md lists them"
            faults.append(Fault(where, "no such unit", hint))
        elif isinstance(given, bool):
            found[name] = [{}] if given else None
        elif isinstance(given, dict):
            found[name] = [given]
        elif isinstance(given, list) and all(isinstance(entry, dict) for entry in given):
            found[name] = list(given)
        else:
            hint = "give true, false, a mapping, or a list of mappings"
            faults.append(Fault(where, f"cannot configure a unit: {given!r:.80}", hint))
    return found, faults


def check_configuration(
    options: Mapping[str, Option], given: Mapping[str, object], *, place: str
) -> tuple[dict[str, object], list[Fault]]:
    """Return the configuration with defaults filled in and texts normalized, and what is wrong."""
    checked: dict[str, object] = {}
    faults = [
        Fault(
            f"{place}.{key}", "no such option", f"options: {', '.join(sorted(options)) or 'none'}"
        )
        for key in given
        if key not in options
    ]
    for key, option in options.items():
        value = given.get(key)
        if value is None:
            if option.required:
                faults.append(Fault(f"{place}.{key}", "must be given", option.help))
            checked[key] = option.default
            continue
        try:
            checked[key] = _check_value(option, value)
        except ValueError as exc:
            faults.append(Fault(f"{place}.{key}", f"{exc}: {value!r:.80}", option.help))
    return checked, faults


def place_faults(faults: Iterable[Fault], places: Mapping[str, str]) -> tuple[Fault, ...]:
    """Return the faults with the line of the unit or option at fault, by line, where it is known."""
    return tuple(_place(fault, places) for fault in faults)


def _place(fault: Fault, places: Mapping[str, str]) -> Fault:
    key = fault.place.removeprefix(f"{PLACE}.")
    for known in (key, key.rpartition(".")[0], key.partition("[")[0].partition(".")[0]):
        if known in places:
            return Fault(places[known], f"`{fault.place}`: {fault.message}", fault.hint)
    return fault


def _check_value(option: Option, value: object) -> object:
    """Return the value as the unit wants it; raises ValueError saying what it must be."""
    kind = option.type
    if kind == "boolean":
        if not isinstance(value, bool):
            raise ValueError("must be true or false")
        return value
    if kind in {"integer", "number"}:
        return _check_number(value, whole=kind == "integer")
    if kind == "texts":
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple) or not all(
            isinstance(text, str) for text in listed
        ):
            raise ValueError("must be a list of texts")
        return tuple(listed)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text")
    if kind == "package":
        return normalize_name(value)
    if kind == "specifier":
        try:
            specifier_contains(value, "1")
        except ValueError as exc:
            raise ValueError("must be a version specifier, such as '>=1.0,<2'") from exc
    if kind == "choice" and value not in option.choices:
        raise ValueError(f"must be one of {', '.join(option.choices)}")
    return value


def _check_number(value: object, *, whole: bool) -> int | float:
    if not whole and isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)  # configurations keep the text of what is no whole number
    wanted = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, wanted) or abs(value) > 2**53:
        raise ValueError(f"must be {'an integer' if whole else 'a number'}")
    return value
