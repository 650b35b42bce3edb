"""Bitsets over the versions of a project, as `bytes`.

Bit i of `b` is `b[i >> 3] >> (i & 7) & 1`; the length is ceil(n / 8); excess bits are 0. This is the form
in which specifier matches, exclusions and the engine's candidate sets are exchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["from_flags", "from_indexes", "full", "indexes", "permute", "single"]


def from_indexes(size: int, members: Iterable[int]) -> bytes:
    """Return the bitset over `size` that holds `members`, each in 0..size-1."""
    buffer = bytearray((size + 7) >> 3)
    for index in members:
        buffer[index >> 3] |= 1 << (index & 7)
    return bytes(buffer)


def from_flags(flags: bytes) -> bytes:
    """Return the bitset whose bit i says whether `flags[i]` is non-zero."""
    if not flags:
        return b""
    # int() of a string of binary digits is far faster than a loop over the flags.
    digits = flags.translate(_TO_DIGIT)[::-1]
    return int(digits, 2).to_bytes((len(flags) + 7) >> 3, "little")


def full(size: int) -> bytes:
    """Return the bitset that holds all of 0..size-1."""
    return ((1 << size) - 1).to_bytes((size + 7) >> 3, "little")


def single(size: int, index: int) -> bytes:
    """Return the bitset that holds `index` alone."""
    return (1 << index).to_bytes((size + 7) >> 3, "little")


def indexes(bits: bytes) -> Iterator[int]:
    """Yield the members in rising order."""
    value = int.from_bytes(bits, "little")
    while value:
        low = value & -value
        yield low.bit_length() - 1
        value ^= low


def permute(bits: bytes, rank: Sequence[int]) -> bytes:
    """Return the bitset that holds `rank[i]` for each member i; `rank` is a permutation."""
    return from_indexes(len(rank), (rank[index] for index in indexes(bits)))


_TO_DIGIT = bytes([48]) + bytes([49]) * 255
