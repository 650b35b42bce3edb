"""Writer and reader of requirements files pinned with hashes, for `pip install --require-hashes`.

The layout is pip-compile's, so that a change of tool changes few lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.lockfiles.hashes import pin_hashes
from advisor_core.lockfiles.merging import merge_categories
from advisor_core.manifests.faults import FaultCollector, shown
from advisor_core.manifests.requirements_lines import (
    decode_requirements,
    logical_lines,
    split_options,
)
from advisor_core.standards import normalize_version, parse_requirement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.lockfiles.interface import LockedVersions
    from advisor_core.lockfiles.merging import MergedPin
    from advisor_core.model import Manifest, Pin, Requirement, Stack

__all__ = ["pinned_version", "read_requirements_lock", "render_requirements"]

_DEFAULT_INDEXES = ("https://pypi.org/simple", "https://pypi.org/simple/")
_HEADER = "# Locked by Thoth."
_KEPT_OPTIONS = ("--index-url", "--extra-index-url", "--only-binary", "--no-binary")
_PINNED = re.compile(r"===?\s*([^\s,;*]+)")
_PIN_HINT = "pin it with `==`, or remove the file and lock again"


def render_requirements(
    manifest: Manifest, stacks: Mapping[str, Stack], previous: bytes | None = None
) -> bytes:
    """Return a requirements file that pins every category's packages with the hashes of all files.

    The categories are put together. Of a file that is there, made by whatever tool, only the lines
    of packages that changed do (`requirements_update`). Raises InputError when two of them pin one
    package differently, IndexFailure when a pin has no hash.
    """
    merged = merge_categories(manifest, stacks)
    if previous is not None:
        updated = _update(manifest, merged, previous)
        if updated is not None:
            return updated
    lines = [_header(manifest), *_options(manifest)]
    if len(lines) > 1:
        lines.append("")
    for each in merged:
        requirers = sorted(_requirers(manifest, each.pin))
        lines.extend(_pin_lines(each.pin, each.condition, requirers))
    newline = "\r\n" if (previous or b"").split(b"\n", 1)[0].endswith(b"\r") else "\n"
    return (newline.join(lines) + newline).encode()


def _update(manifest: Manifest, merged: list[MergedPin], previous: bytes) -> bytes | None:
    """Return the present file with what changed; None when it is broken, or of other indexes."""
    from advisor_core.lockfiles.requirements_document import parse_document  # noqa: PLC0415
    from advisor_core.lockfiles.requirements_update import (  # noqa: PLC0415 - only over a file
        WantedPin,
        update_document,
    )

    try:
        read_requirements_lock(previous)
        document = parse_document(previous)
    except InputError:
        return None
    if not any(block.name for block in document.blocks):
        return None
    present = [
        f"{name} {value}"
        for block in document.blocks
        for name, value in block.options
        if name in _KEPT_OPTIONS
    ]
    options = _options(manifest)
    if options and options != present:
        return None
    wanted = (
        WantedPin(
            each.pin.name,
            each.pin.version,
            each.pin.extras,
            tuple(pin_hashes(each.pin)),
            each.condition,
            tuple(sorted(_requirers(manifest, each.pin))),
            tuple(
                edge.requirement.marker for edge in each.pin.required_by if edge.requirement.marker
            ),
        )
        for each in merged
    )
    updated = update_document(document, wanted)
    return _with_header(updated.render(), _header(manifest))


def _with_header(text: bytes, header: str) -> bytes:
    """Return a file with our own first line as it is now; another tool's stays."""
    first, end, rest = text.partition(b"\n")
    if not first.startswith(_HEADER.encode()):
        return text
    return header.encode() + (b"\r" if first.endswith(b"\r") else b"") + end + rest


def read_requirements_lock(data: bytes, path: str = "requirements.txt") -> LockedVersions:
    """Return the versions that a requirements file pins, all in the category `default`.

    Of a package that is pinned more than once, under different markers, the first counts. Raises
    InputError with every fault: what does not parse, and what is not pinned.
    """
    faults = FaultCollector()
    versions: dict[str, str] = {}
    for line in logical_lines(decode_requirements(path, data)):
        before, options = split_options(line.text)
        place = f"{path}:{line.number}"
        if not before:
            if any(name in ("-r", "--requirement") for name, _ in options):
                faults.add(place, "a lockfile that includes another", hint="lock into one file")
            continue
        if " @ " in before or "://" in before or before.startswith((".", "/")):
            continue
        try:
            requirement = parse_requirement(before)
            version = pinned_version(requirement)
        except ValueError:
            faults.add(place, f"not a PEP 508 requirement: {shown(before)}", hint=_PIN_HINT)
            continue
        if version is None:
            faults.add(place, f"not pinned: {shown(before)}", hint=_PIN_HINT)
        else:
            versions.setdefault(requirement.name, version)
    faults.raise_if_any()
    return {"default": versions}


def pinned_version(requirement: Requirement) -> str | None:
    """Return the one version that a requirement allows, None when it may allow several."""
    pinned = _PINNED.fullmatch(requirement.specifier)
    return normalize_version(pinned.group(1)) if pinned else None


def _header(manifest: Manifest) -> str:
    """Return the comment that says how to make the file again."""
    path = manifest.path
    source = f"-r {path}" if manifest.kind == "requirements" else path
    return f"{_HEADER} To lock again: thoth lock {source} --format requirements"


def _options(manifest: Manifest) -> list[str]:
    """Return the lines that name indexes and file formats, as the manifest writes them."""
    lines: list[str] = []
    for place, source in enumerate(manifest.sources):
        option = "--extra-index-url" if place else "--index-url"
        if place or source.url not in _DEFAULT_INDEXES:
            lines.append(f"{option} {source.url}")
    lines.extend(f"--no-binary {name}" for name in manifest.no_binary)
    lines.extend(f"--only-binary {name}" for name in manifest.only_binary)
    return lines


def _requirers(manifest: Manifest, pin: Pin) -> set[str]:
    """Return who requires a pin, as pip-compile names them."""
    names = {edge.parent for edge in pin.required_by if edge.parent is not None}
    if pin.direct:
        prefix = "-r " if manifest.kind == "requirements" else ""
        files = {
            declared.origin.file
            for category in manifest.categories
            for declared in category.requirements
            if declared.requirement.name == pin.name
        }
        names |= {f"{prefix}{file}" for file in files or {manifest.path}}
    return names | {
        f"-c {declared.origin.file}"
        for category in manifest.categories
        for declared in category.constraints
        if declared.requirement.name == pin.name
    }


def _pin_lines(pin: Pin, condition: str | None, requirers: list[str]) -> list[str]:
    """Return the lines of one package."""
    extras = f"[{','.join(pin.extras)}]" if pin.extras else ""
    marker = f" ; {condition}" if condition else ""
    hashes = pin_hashes(pin)
    lines = [f"{pin.name}{extras}=={pin.version}{marker} \\"]
    lines.extend(f"    --hash={value} \\" for value in hashes[:-1])
    lines.append(f"    --hash={hashes[-1]}")
    if len(requirers) == 1:
        lines.append(f"    # via {requirers[0]}")
    elif requirers:
        lines.extend(("    # via", *(f"    #   {requirer}" for requirer in requirers)))
    return lines
