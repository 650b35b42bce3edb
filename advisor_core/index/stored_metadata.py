"""The metadata of one artifact as the cache keeps it. Performs no I/O of its own."""

from __future__ import annotations

from binascii import crc32

from advisor_core.model import Skipped
from advisor_core.releases import CoreMetadata

__all__ = ["decode_metadata", "encode_metadata"]

_MAGIC = b"thoth-metadata/1 "
_SECTION = "\x1e"


def encode_metadata(identity: str, metadata: CoreMetadata | Skipped) -> bytes:
    """Return the bytes to keep. `identity` says which artifact: its hashes, else its URL."""
    if isinstance(metadata, Skipped):
        texts: tuple[str, ...] = (identity, metadata.reason)
    else:
        texts = (
            identity,
            metadata.name,
            metadata.version,
            metadata.requires_python or "",
            "\n".join(metadata.provides_extra),
            "\n".join(metadata.requires_dist),
        )
    body = _SECTION.join(texts).encode()
    return b"%b%08x\n%b" % (_MAGIC, crc32(body), body)


def decode_metadata(data: bytes, identity: str) -> CoreMetadata | Skipped | None:
    """Return what was kept; None when it is altered or was made from another artifact."""
    start = len(_MAGIC) + 9
    body = data[start:]
    if data[:start] != b"%b%08x\n" % (_MAGIC, crc32(body)):
        return None
    texts = body.decode().split(_SECTION)
    if texts[0] != identity:
        return None
    if len(texts) == 2:
        return Skipped(texts[1])
    _, name, version, requires_python, extras, requires = texts
    return CoreMetadata(
        name,
        version,
        tuple(requires.split("\n")) if requires else (),
        requires_python or None,
        tuple(extras.split("\n")) if extras else (),
    )
