"""The wheel tags (PEP 425) that fit a CPython on a platform, ranked. Asks no machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SetRanks", "WheelTags", "list_wheel_tags"]

_MOST_TAGS_OF_A_WHEEL = 4096
"""A filename may claim several interpreters, ABIs and platforms at once, and means their product.
Real ones stay below 100; one that claims more than this does not fit anything."""


class WheelTags(dict[str, int]):
    """Tag to rank, 0 is the best fit."""

    __slots__ = ("ranks",)

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__(zip(tags, range(len(tags)), strict=True))
        self.ranks = SetRanks(self)
        """Of whole tag sets, remembered for as long as the environment lives."""


class SetRanks(dict[str, "int | None"]):
    """The best rank in a filename's tag set (`py2.py3-none-any`), None when none fits; lazy.

    A project has thousands of files and a few hundred distinct tag sets: each is computed once.
    """

    __slots__ = ("_tags",)

    def __init__(self, tags: Mapping[str, int]) -> None:
        super().__init__()
        self._tags = tags

    def __missing__(self, compressed: str) -> int | None:
        rank = self[compressed] = _compute_rank(self._tags, compressed)
        return rank


def _compute_rank(tags: Mapping[str, int], compressed: str) -> int | None:
    """Return the best rank among the tags that a compressed set stands for; None: none fits."""
    parts = [part.split(".") for part in compressed.lower().split("-")]
    if len(parts) != 3:
        return None
    interpreters, abis, platforms = parts
    if len(interpreters) * len(abis) * len(platforms) > _MOST_TAGS_OF_A_WHEEL:
        return None
    ranks = [
        tags[tag]
        for interpreter in interpreters
        for abi in abis
        for platform in platforms
        if (tag := f"{interpreter}-{abi}-{platform}") in tags
    ]
    return min(ranks, default=None)


def list_wheel_tags(minor: int, platforms: Sequence[str]) -> list[str]:
    """Return the tags of CPython 3.`minor` on the platforms, best first, each once.

    The order is that of `packaging.tags`: `cpython_tags` (own ABI, stable ABI, no ABI, the stable
    ABI of every older Python back to 3.2, PEP 384), then `compatible_tags` (any Python).
    """
    own = f"cp3{minor}"
    # Up to 3.7 the ABI tag names pymalloc: https://docs.python.org/3.8/whatsnew/3.8.html (`m`
    # dropped)
    abi = own if minor >= 8 else f"{own}m"
    prefixes = [f"{own}-{abi}-", f"{own}-abi3-", f"{own}-none-"]
    prefixes += [f"cp3{older}-abi3-" for older in range(minor - 1, 1, -1)]
    pythons = [f"py3{minor}", "py3", *(f"py3{older}" for older in range(minor - 1, -1, -1))]
    prefixes += [f"{python}-none-" for python in pythons]
    tags = [prefix + platform for prefix in prefixes for platform in platforms]
    tags.append(f"{own}-none-any")
    tags += [f"{python}-none-any" for python in pythons]
    return tags
