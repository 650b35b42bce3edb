"""Files and folders of prescriptions to a library, read from YAML. Slow for large sets: see `compiled`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import Fault
from advisor_core.pipeline.prescriptions.files import OWN_FOLDER, find_files
from advisor_core.pipeline.prescriptions.library import MemoryLibrary
from advisor_core.pipeline.prescriptions.reader import PrescriptionFile, read_prescriptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from advisor_core.pipeline.prescriptions.model import Kind

__all__ = ["load_prescriptions", "read_files"]


def read_files(paths: Sequence[Path]) -> Iterator[PrescriptionFile]:
    """Yield what each file below the paths says; that one cannot be read is a fault of that one."""
    for path in paths:
        for file in find_files(path):
            content = file.read()
            if isinstance(content, Fault):
                yield PrescriptionFile(file.name, faults=(content,))
            else:
                yield read_prescriptions(content, file.name)


def load_prescriptions(
    paths: Sequence[Path], *, own: bool = True, built_in: Iterable[tuple[Kind, str]] = ()
) -> MemoryLibrary:
    """Return the prescriptions below the paths, and with `own` those that come with the project.

    `built_in` are the units in Python that prescriptions may depend on. Faulty units and files are
    left out and listed in `failures`. Raises InputError when a path does not exist.
    """
    every = [*([OWN_FOLDER] if own else []), *paths]
    return MemoryLibrary(read_files(every), built_in=built_in)
