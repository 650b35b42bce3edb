"""Many small files in few: `tests/data/corpus/*.txt`, each file after a line `-- NAME --`.

After the second `--` a file with a fault has the line at which it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CORPUS", "Entry", "join_corpus", "read_corpus"]

CORPUS = Path(__file__).parents[1] / "data" / "corpus"

_HEAD = re.compile(r"^-- (\S+) --(?: (\d+))?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file."""

    name: str
    """Folder and file name: `editable/requirements.in`."""
    data: bytes
    line: int | None
    """Where its fault is; None: it has none."""

    @property
    def path(self) -> str:
        """The name of the file alone."""
        return self.name.rpartition("/")[2]


def read_corpus(name: str) -> list[Entry]:
    """Return the files of one text."""
    text = (CORPUS / f"{name}.txt").read_bytes().decode()
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return [
        Entry(
            head[1],
            text[head.end() : end].encode(),
            int(head[2]) if head[2] else None,
        )
        for head, end in zip(heads, ends, strict=True)
    ]


def join_corpus(files: list[tuple[str, str]]) -> str:
    """Return files as one text. Each has to end with a line end."""
    return "".join(f"-- {name} --\n{text.removesuffix(chr(10))}\n" for name, text in files)
