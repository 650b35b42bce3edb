"""Commit objects: who made them, and what was signed. Performs no I/O."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Signature", "StoredCommit", "parse_commit"]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who made a commit and when (an author or committer line)."""

    name: str
    email: str
    timestamp: int
    offset: str = "+0000"

    def line(self) -> str:
        """Return the line as it stands in a commit object."""
        return f"{self.name} <{self.email}> {self.timestamp} {self.offset}"


@dataclass(frozen=True, slots=True)
class StoredCommit:
    """A commit object, parsed."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    signature: str | None
    """The armoured text of `gpgsig`."""
    payload: str
    """The object without its signature: what was signed."""
    message: str


def parse_commit(sha: str, data: bytes) -> StoredCommit:
    """Return the commit that the bytes of an object hold."""
    text = data.decode(errors="replace")
    head, _, message = text.partition("\n\n")
    fields: dict[str, list[str]] = {}
    unsigned: list[str] = []
    key = ""
    for line in head.split("\n"):
        if line.startswith(" "):
            fields[key][-1] += "\n" + line[1:]
        else:
            key, _, value = line.partition(" ")
            fields.setdefault(key, []).append(value)
        if key != "gpgsig":
            unsigned.append(line)
    return StoredCommit(
        sha=sha,
        tree=fields["tree"][0],
        parents=tuple(fields.get("parent", ())),
        author=_parse_signature(fields["author"][0]),
        committer=_parse_signature(fields["committer"][0]),
        signature=fields["gpgsig"][0] if "gpgsig" in fields else None,
        payload="\n".join(unsigned) + "\n\n" + message,
        message=message,
    )


def _parse_signature(line: str) -> Signature:
    who, timestamp, offset = line.rsplit(" ", 2)
    name, _, email = who.partition(" <")
    return Signature(name, email.rstrip(">"), int(timestamp), offset)
