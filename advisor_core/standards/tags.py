"""Compressed tag sets of wheel filenames (PEP 425)."""

from __future__ import annotations

from advisor_core.standards.limits import TAG_LIMIT

__all__ = ["check_tags", "expand_tags"]


def check_tags(compressed: str) -> None:
    """Raise ValueError unless `compressed` is a tag set: three parts of names joined by dots.

    The first part holds Python identifiers. Costs as much as the text is long, not as much as it
    stands for.
    """
    parts = [part.split(".") for part in compressed.split("-")]
    if (
        not compressed.isascii()
        or len(parts) != 3
        or any("" in names for names in parts)
        or not all(interpreter.isidentifier() for interpreter in parts[0])
    ):
        raise ValueError(f"not a compressed tag set: {compressed!r:.200}")
    if len(parts[0]) * len(parts[1]) * len(parts[2]) > TAG_LIMIT:
        raise ValueError(f"a tag set of more than {TAG_LIMIT} tags: {compressed!r:.200}")


def expand_tags(compressed: str) -> tuple[str, ...]:
    """Return the tags a compressed tag set stands for, in lower case and without repeats.

    `py2.py3-none-any` gives `py2-none-any` and `py3-none-any`. Raises ValueError for other text.
    """
    check_tags(compressed)
    interpreters, abis, platforms = (part.split(".") for part in compressed.lower().split("-"))
    return tuple(
        dict.fromkeys(
            f"{interpreter}-{abi}-{platform}"
            for interpreter in interpreters
            for abi in abis
            for platform in platforms
        )
    )
