"""One project as the resolver reads it, opened from a cache entry. Performs no I/O of its own.

The same class answers online and offline: what was fetched is first made an entry, then opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    __slots__ = ("_artifacts", "_head", "_locate", "_matcher", "index", "name", "shapes", "status")

    name: str
    index: str
    status: str
    """PEP 792: `active`, `archived`, `quarantined` (then it has no versions) or `deprecated`."""
    shapes: Sequence[tuple[FileShape, ...]]

    def __init__(self, head: EntryHead, index: str, locate: Locate) -> None:
        """`index` is the name of the source it came from."""
        self.name = head.name
        self.index = index
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


class _Shapes(Sequence[tuple[FileShape, ...]]):
    """The distinct sets of file shapes, each made when it is first asked for."""

    __slots__ = ("_file_shapes", "_made", "_shapes", "_spelled")

    def __init__(self, head: EntryHead) -> None:
        self._spelled = head.file_shapes
        self._file_shapes: list[FileShape | None] = [None] * len(head.file_shapes)
        self._shapes = head.shapes
        self._made: list[tuple[FileShape, ...] | None] = [None] * len(head.shapes)

    def __len__(self) -> int:
        return len(self._shapes)

    @overload
    def __getitem__(self, position: int) -> tuple[FileShape, ...]: ...
    @overload
    def __getitem__(self, position: slice) -> Sequence[tuple[FileShape, ...]]: ...
    def __getitem__(
        self, position: int | slice
    ) -> tuple[FileShape, ...] | Sequence[tuple[FileShape, ...]]:
        if isinstance(position, slice):
            return [self[index] for index in range(*position.indices(len(self)))]
        made = self._made[position]
        if made is None:
            numbers = self._shapes[position].split(" ")
            made = self._made[position] = tuple(self._file_shape(int(text)) for text in numbers)
        return made

    def _file_shape(self, number: int) -> FileShape:
        made = self._file_shapes[number]
        if made is None:
            tags, requires_python, yanked = self._spelled[number].split("\x1f")
            made = FileShape(tags, requires_python or None, yanked == "1")
            self._file_shapes[number] = made
        return made
