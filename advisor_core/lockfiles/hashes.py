"""The hashes that a lockfile gives of a pin's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.errors import IndexFailure

if TYPE_CHECKING:
    from advisor_core.model import Artifact, Pin

__all__ = ["best_hash", "pin_hashes"]

_ALGORITHMS = ("sha256", "sha512", "sha384")
"""What pip accepts in `--hash`; sha256 first, as pipenv and pip-compile write nothing else."""


def best_hash(artifact: Artifact) -> str | None:
    """Return `algorithm:digest` of a file, or None when the index gave no hash that pip accepts."""
    for algorithm in _ALGORITHMS:
        digest = artifact.hashes.get(algorithm)
        if digest:
            return f"{algorithm}:{digest}"
    return None


def pin_hashes(pin: Pin) -> list[str]:
    """Return the hashes of all files of a pin, sorted. Raises IndexFailure when there is none."""
    hashes = sorted({value for artifact in pin.artifacts if (value := best_hash(artifact))})
    if not hashes:
        raise IndexFailure(
            f"{pin.name} {pin.version}: `{pin.index}` gives no sha256 of its files",
            hint="ask whoever runs it to give hashes; a lock without them protects nobody",
        )
    return hashes
