"""Stacks made by hand: pins whose files an index on loopback serves, or that nobody serves."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from advisor_core.model import Artifact, Edge, Pin, Stack
from advisor_core.standards import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fakes.package_index import File, PackageIndex

__all__ = ["made_up_file", "make_pin", "make_stack", "served_files"]


_NAME = re.compile(r"[A-Za-z0-9._-]+")


def made_up_file(filename: str, *, requires_python: str | None = None) -> Artifact:
    """Return a file with a hash that depends on its name only."""
    digest = hashlib.sha256(filename.encode()).hexdigest()
    url = f"https://files.example.org/{filename}"
    return Artifact(filename, url, {"sha256": digest}, requires_python=requires_python)


def served_files(index: PackageIndex, files: Iterable[File]) -> tuple[Artifact, ...]:
    """Return files as a page of the index lists them."""
    return tuple(
        Artifact(
            filename=file.distribution.filename,
            url=index.file_url(file.distribution.filename),
            hashes={"sha256": file.distribution.sha256},
            size=len(file.distribution.content),
            requires_python=file.requires_python,
            upload_time=int(file.upload_time.timestamp()) if file.upload_time else None,
        )
        for file in files
    )


def make_pin(
    name: str,
    version: str,
    *,
    required_by: Sequence[tuple[str | None, str]] = ((None, ""),),
    environments: tuple[str, ...] = ("only",),
    artifacts: tuple[Artifact, ...] | None = None,
    extras: tuple[str, ...] = (),
    requires_python: str | None = None,
) -> Pin:
    """Return a pin; `required_by` are requirers with their requirement, None for the manifest."""
    filename = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    if artifacts is None:
        artifacts = (made_up_file(filename, requires_python=requires_python),)
    edges = (
        Edge(parent, parse_requirement(text or name), environments, _NAME.findall(text or name)[0])
        for parent, text in required_by
    )
    return Pin(
        name=name,
        version=version,
        artifacts=artifacts,
        index="main",
        extras=extras,
        requires_python=requires_python,
        required_by=tuple(edges),
        environments=environments,
    )


def make_stack(*pins: Pin, order: Mapping[str, int] | None = None) -> Stack:
    """Return a stack of pins, in the order given, or by `order`."""
    chosen = sorted(pins, key=lambda pin: order[pin.name]) if order else pins
    return Stack({pin.name: pin for pin in chosen})
