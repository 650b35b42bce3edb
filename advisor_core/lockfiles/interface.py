"""What every lockfile format does: render a lock, and tell the versions that one holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import Manifest, Stack

__all__ = ["LockReader", "LockWriter", "LockedVersions"]

LockedVersions = dict[str, dict[str, str]]
"""Category to package (PEP 503) to version. Entries that pin no version are left out."""


class LockReader(Protocol):
    """Tells what a lockfile of one format pins."""

    def __call__(self, data: bytes, path: str) -> LockedVersions:
        """Return the versions. Raises InputError with every fault; `path` is named in them."""


class LockWriter(Protocol):
    """Writes a lockfile of one format. The result depends on no order of the pins."""

    def __call__(
        self, manifest: Manifest, stacks: Mapping[str, Stack], previous: bytes | None = None
    ) -> bytes:
        """Return the lockfile of a manifest for these stacks, by category.

        `previous` is the lockfile it replaces; what a broken one held is not carried over. Raises
        IndexFailure when a pin has no file with a hash.
        """
