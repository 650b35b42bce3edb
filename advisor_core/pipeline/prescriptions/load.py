"""Files and folders of prescriptions to a library. Reads files, nothing else.

A folder is searched for `*.yaml` and `*.yml`, links to folders not followed. Bounded: the number of
files, their size, and all of it together.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.errors import Fault, InputError
from advisor_core.pipeline.prescriptions.library import MemoryLibrary
from advisor_core.pipeline.prescriptions.reader import PrescriptionFile, read_prescriptions
from advisor_core.pipeline.prescriptions.tree import MAXIMUM_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from advisor_core.pipeline.prescriptions.model import Kind

__all__ = ["OWN_FOLDER", "find_files", "load_prescriptions", "read_files"]

OWN_FOLDER = Path(__file__).parent / "data"
"""The prescriptions that come with the project."""

_MAXIMUM_FILES = 500_000
"""More are refused: it is the wrong folder. Thoth's own set had 65,111 files."""


def find_files(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file with the name that reports use, in the order of names.

    The name is relative to the folder that was given. Raises InputError when the path is neither
    file nor folder, and when there are too many files.
    """
    if path.is_file():
        yield path, path.name
        return
    if not path.is_dir():
        hint = "give a YAML file, or a folder with YAML files"
        raise InputError.single(str(path), "no such file or folder", hint=hint)
    count = 0
    root = str(path)
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")):
                count += 1
                if count > _MAXIMUM_FILES:
                    raise InputError.single(root, f"more than {_MAXIMUM_FILES} files")
                full = os.path.join(folder, name)  # noqa: PTH118 - sixty thousand times
                yield Path(full), os.path.relpath(full, root).replace(os.sep, "/")


def read_files(paths: Sequence[Path]) -> Iterator[PrescriptionFile]:
    """Yield what each file below the paths says; a file that cannot be read is a fault of its own."""
    for path in paths:
        for file, name in find_files(path):
            try:
                with file.open("rb") as opened:
                    content = opened.read(MAXIMUM_BYTES + 1)
            except OSError as exc:
                yield PrescriptionFile(
                    name, faults=(Fault(name, f"cannot be read: {exc.strerror}"),)
                )
                continue
            yield read_prescriptions(content, name)


def load_prescriptions(
    paths: Sequence[Path], *, own: bool = True, built_in: Iterable[tuple[Kind, str]] = ()
) -> MemoryLibrary:
    """Return the prescriptions below the paths, and with `own` those that come with the project.

    `built_in` are the units in Python that prescriptions may depend on. Faulty units and files are
    left out and listed in `failures`. Raises InputError when a path does not exist.
    """
    every = [*([OWN_FOLDER] if own else []), *paths]
    return MemoryLibrary(read_files(every), built_in=built_in)
