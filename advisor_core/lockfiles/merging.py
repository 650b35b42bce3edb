"""Putting the stacks of all categories together, for formats that list each package once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.lockfiles.requirers import install_conditions
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Manifest, Pin, Stack

__all__ = ["MergedPin", "merge_categories"]


@dataclass(frozen=True, slots=True)
class MergedPin:
    """One package of all categories together."""

    pin: Pin
    """With the extras and requirers of every category."""
    categories: tuple[str, ...]
    """Sorted."""
    condition: str | None
    """Marker that says where it is installed; None: everywhere."""


def merge_categories(manifest: Manifest, stacks: Mapping[str, Stack]) -> list[MergedPin]:
    """Return every package of the stacks once, by name.

    Raises InputError when two categories pin one package differently.
    """
    merged: dict[str, MergedPin] = {}
    for category, stack in stacks.items():
        conditions = install_conditions(stack)
        for name, pin in stack.pins.items():
            merged[name] = _joined(
                manifest, merged.get(name), MergedPin(pin, (category,), conditions.get(name))
            )
    return [merged[name] for name in sorted(merged)]


def _joined(manifest: Manifest, known: MergedPin | None, added: MergedPin) -> MergedPin:
    """Return a package with what one more category says of it."""
    if known is None:
        return added
    if known.pin.version != added.pin.version:
        raise InputError.single(
            manifest.path,
            f"two categories pin {known.pin.name} differently: "
            f"{known.pin.version}, {added.pin.version}",
            hint="lock one category by itself, or require the same version in both",
        )
    pin = replace(
        known.pin,
        extras=tuple(sorted({*known.pin.extras, *added.pin.extras})),
        required_by=(*known.pin.required_by, *added.pin.required_by),
    )
    condition = known.condition if known.condition == added.condition else None
    return MergedPin(pin, tuple(sorted((*known.categories, *added.categories))), condition)
