"""Reader of the block in a script that says what it requires (PEP 723).

    # /// script
    # requires-python = ">=3.11"
    # dependencies = ["requests<3"]
    # ///

https://packaging.python.org/en/latest/specifications/inline-script-metadata/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.manifests.faults import decode_text
from advisor_core.manifests.pyproject import read_pyproject
from advisor_core.values import replace

if TYPE_CHECKING:
    from advisor_core.manifests.interface import Files, ReadOptions
    from advisor_core.model import Manifest, Origin

__all__ = ["read_script", "script_block"]

_OPENS, _CLOSES = "# /// script", "# ///"


def script_block(text: str) -> tuple[int, list[str]] | None:
    """Return the number of the line that opens the block, and its lines; None: there is none.

    Raises ValueError when there are two, or one that does not end.
    """
    found: tuple[int, list[str]] | None = None
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if lines[at].rstrip() != _OPENS:
            at += 1
            continue
        end = at + 1
        while end < len(lines) and (lines[end].startswith("# ") or lines[end].rstrip() == "#"):
            end += 1
        block = lines[at + 1 : end]
        # The last closing line counts: a line `# ///` may be part of the content.
        while block and block[-1].rstrip() != _CLOSES:
            block.pop()
        if not block:
            raise ValueError(f"the block that begins on line {at + 1} does not end")
        if found is not None:
            raise ValueError(f"a second block, on line {at + 1}")
        found = at + 1, [line[2:] for line in block[:-1]]
        at = end
    return found


def read_script(files: Files, path: str, data: bytes, options: ReadOptions) -> Manifest:
    """Return the manifest of a script. Raises InputError with every fault of it."""
    try:
        found = script_block(decode_text(path, data).replace("\r\n", "\n"))
    except ValueError as exc:
        raise InputError.single(path, str(exc), hint="end it with a line `# ///`, once") from exc
    if found is None:
        raise InputError.single(
            path, "no block `# /// script`", hint="write what the script requires as PEP 723 has it"
        )
    first, lines = found
    # Read as the table it would be in a project; `[tool]` is the same in both.
    text = "\n".join(["[project]", *lines]).encode()
    try:
        manifest = read_pyproject(files, path, text, options)
    except InputError as exc:
        raise _moved(exc, path, first) from exc
    shift = first - 1

    def moved(origin: Origin) -> Origin:
        line = None if origin.line is None else origin.line + shift
        return replace(origin, line=line)

    categories = tuple(
        replace(
            category,
            requirements=tuple(
                replace(each, origin=moved(each.origin)) for each in category.requirements
            ),
        )
        for category in manifest.categories
    )
    return replace(manifest, kind="requirements", categories=categories, files={path: data})


def _moved(error: InputError, path: str, first: int) -> InputError:
    """Return faults with the lines of the script."""
    faults = []
    for fault in error.faults:
        place, _, number = fault.place.rpartition(":")
        if place == path and number.isdecimal():
            fault = replace(fault, place=f"{path}:{int(number) + first - 1}")  # noqa: PLW2901
        faults.append(fault)
    return InputError(tuple(faults))
