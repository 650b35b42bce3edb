"""One project as the resolver reads it, opened from a cache entry. Performs no I/O of its own.

The same class answers online and offline: what was fetched is first made an entry, then opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, overload

from advisor_core.errors import IndexFailure
from advisor_core.index.entry import UNKNOWN_TIME, EntryError, decode_record
from advisor_core.releases import FileShape
from advisor_core.standards import VersionList

if TYPE_CHECKING:
    from advisor_core.index.entry import EntryHead
    from advisor_core.model import Artifact

__all__ = ["Locate", "StoredProject", "locate_in"]

Locate = Callable[["EntryHead", int], tuple["EntryHead", int, bytes]]
"""From a head and a position in it to the same release's head, position and record: others than
asked for when the entry was replaced since its head was read. Raises OSError or EntryError."""


class StoredProject:
    """A project on an index: implements `advisor_core.releases.ProjectReleases`."""

    __slots__ = (
        "_artifacts",
        "_head",
        "_locate",
        "_matcher",
        "index",
        "name",
        "seen_at",
        "shapes",
        "status",
    )

    name: str
    index: str
    seen_at: int | None
    status: str
    """PEP 792: `active`, `archived`, `quarantined` (then it has no versions) or `deprecated`."""
    shapes: Sequence[Sequence[FileShape]]

    def __init__(
        self, head: EntryHead, index: str, locate: Locate, *, seen_at: int | None = None
    ) -> None:
        """`index` is the name of the source it came from."""
        self.name = head.name
        self.index = index
        self.seen_at = seen_at
        self.status = head.status
        self.shapes = _Shapes(head)
        self._head = head
        self._locate = locate
        self._matcher: VersionList | None = None
        self._artifacts: dict[int, tuple[Artifact, ...]] = {}

    def __repr__(self) -> str:
        return f"<StoredProject {self.name} of {self.index}: {len(self.versions)} versions>"

    @property
    def versions(self) -> tuple[str, ...]:
        """PEP 440 normalized, descending, no repeats."""
        return self._head.versions

    @property
    def prereleases(self) -> bytes:
        """Bitset over `versions` of pre- and development releases."""
        return self._head.prereleases

    @property
    def shape_of(self) -> Sequence[int]:
        """Per version, its index in `shapes`."""
        return self._head.shape_of

    def upload_times(self, position: int) -> tuple[int, int] | None:
        """Return earliest and latest upload of the version's files, None if unknown."""
        earliest, latest = self._head.times[2 * position : 2 * position + 2]
        return None if earliest == UNKNOWN_TIME else (earliest, latest)

    def match(self, specifier: str) -> bytes:
        """Return the bitset of versions that the specifier set holds, pre-releases included.

        Raises ValueError when the specifier is not PEP 440.
        """
        if self._matcher is None:
            self._matcher = VersionList.from_sorted(self._head.versions)
        return self._matcher.match(specifier)

    def artifacts(self, position: int) -> tuple[Artifact, ...]:
        """Return every artifact of the version, in the index's order.

        Raises IndexFailure when the cache changed under our hands.
        """
        known = self._artifacts.get(position)
        if known is None:
            try:
                known = decode_record(*self._locate(self._head, position))
            except (OSError, EntryError) as error:
                release = f"{self.name} {self.versions[position]}"
                raise IndexFailure(
                    f"the cached files of {release} cannot be read: {error}",
                    hint="run again; the entry is then fetched anew",
                ) from error
            self._artifacts[position] = known
        return known


def locate_in(entry: bytes) -> Locate:
    """Return how to find records of an entry that is in memory."""

    def locate(head: EntryHead, position: int) -> tuple[EntryHead, int, bytes]:
        return head, position, entry[head.places[position] : head.places[position + 1]]

    return locate


class _Shapes(Sequence[Sequence[FileShape]]):
    """The distinct sets of file shapes."""

    __slots__ = ("_file_shapes", "_shapes")

    def __init__(self, head: EntryHead) -> None:
        self._file_shapes = head.file_shapes
        self._shapes = head.shapes

    def __len__(self) -> int:
        return len(self._shapes)

    def __iter__(self) -> Iterator[Sequence[FileShape]]:
        return (_Shape(self._file_shapes, numbers) for numbers in self._shapes)

    @overload
    def __getitem__(self, position: int) -> Sequence[FileShape]: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[Sequence[FileShape]]: ...
    def __getitem__(
        self, position: int | slice
    ) -> Sequence[FileShape] | Sequence[Sequence[FileShape]]:
        if isinstance(position, slice):
            return [self[index] for index in range(*position.indices(len(self)))]
        return _Shape(self._file_shapes, self._shapes[position])


class _Shape(Sequence[FileShape]):
    """One set of file shapes: each is made when it is come to, as a search ends at the first fit."""

    __slots__ = ("_file_shapes", "_numbers")

    def __init__(self, file_shapes: tuple[str, ...], numbers: str) -> None:
        self._file_shapes = file_shapes
        self._numbers = numbers.split(" ")

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[FileShape]:
        spelled = self._file_shapes
        return (_file_shape(spelled[int(number)]) for number in self._numbers)

    @overload
    def __getitem__(self, position: int) -> FileShape: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[FileShape]: ...
    def __getitem__(self, position: int | slice) -> FileShape | Sequence[FileShape]:
        if isinstance(position, slice):
            return [self[index] for index in range(*position.indices(len(self)))]
        return _file_shape(self._file_shapes[int(self._numbers[position])])


@lru_cache(maxsize=1 << 16)
def _file_shape(spelled: str) -> FileShape:
    """Return the file shape of an entry's text; projects have most of them in common."""
    tags, requires_python, yanked = spelled.split("\x1f")
    return FileShape(tags, requires_python or None, yanked == "1")
