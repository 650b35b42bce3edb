"""What every manifest reader takes and gives. Performs no I/O of its own.

A reader is a function `read(files, path, data, options) -> Manifest`. It parses text that a
stranger wrote: it bounds what it reads, runs nothing, expands no variable, and raises one
`InputError` that holds every fault of the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from advisor_core.values import dataclass

if TYPE_CHECKING:
    from advisor_core.model import Manifest

__all__ = [
    "EXTENDED_PREFIX",
    "MAX_DEPTH",
    "MAX_FILE_BYTES",
    "MAX_INCLUDED_FILES",
    "MAX_LISTED",
    "MAX_REQUIREMENTS",
    "Files",
    "ReadOptions",
    "Reader",
]

MAX_FILE_BYTES = 5_000_000
"""Bytes of one manifest or lockfile. The largest real ones known are near 1 MB; a longer file is
refused before it is parsed, and `DiskFiles` stops reading it there."""

MAX_DEPTH = 64
"""Nesting of arrays and tables, and parts of one dotted key. A manifest needs five; the parsers
below recurse, or take quadratic time, on more."""

MAX_REQUIREMENTS = 20_000
"""Requirements of one manifest with everything it includes. What exceeds it is refused."""

MAX_INCLUDED_FILES = 100
"""Files that one requirements file reaches by `-r` and `-c`."""


MAX_LISTED = 10_000
"""Names in one folder that is listed. A folder with more is refused whole."""


EXTENDED_PREFIX = "//"
"""Begins the path of a file in another repository of the same owner: `//.github/.thoth.yaml`. No
project has such a path; whoever knows one repository only has no such file."""


class Files(Protocol):
    """The files of one project: a folder, a git tree, or a mapping."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None when there is none.

        `path` is relative to the project with `/` as separator. Raises InputError when the path, or
        a symbolic link on it, leaves the project, or when the file is too large.
        """

    def list(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder, `""` for the project, or None when there is none.

        Sorted; those of folders end in `/`. What is no regular file or folder is left out. Raises
        InputError when the path leaves the project, or there are more than MAX_LISTED names.
        """


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the caller wants read besides a manifest's main requirements."""

    extras: tuple[str, ...] = ()
    """Keys of `[project.optional-dependencies]` to read as categories of their own."""

    groups: tuple[str, ...] = ()
    """Keys of `[dependency-groups]` (PEP 735) to read as categories of their own."""

    everything: bool = False
    """Read every extra and group, whichever there are."""


class Reader(Protocol):
    """One manifest format."""

    def __call__(self, files: Files, path: str, data: bytes, options: ReadOptions) -> Manifest:
        """Return the manifest that `data` is. Raises InputError with all faults."""
