"""Reads files from git trees and builds new trees, with no index and no working tree.

Nothing is filtered or converted: bytes go in and out of blobs as they are, so `.gitattributes` and
configured filters have no say.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from bot.conversation.quoting import plain
from bot.errors import GitError
from bot.forge import MAX_FILE_BYTES, CommitSha
from bot.tree import (
    FOLDER,
    MAX_LINK_BYTES,
    REGULAR,
    SUBMODULE,
    Entry,
    Folder,
    LinkText,
    find_entry,
    list_entries,
    run_walk,
    too_large,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.local.git import Git

__all__ = ["Objects"]


@dataclass(slots=True)
class Objects:
    """The trees and blobs of a repository. What a commit or tree holds is read once."""

    git: Git
    _roots: dict[str, str] = field(default_factory=dict)
    _trees: dict[str, dict[str, Entry]] = field(default_factory=dict)

    def read(self, commit: CommitSha, path: str) -> bytes | None:
        """Return a file's content at a commit, None when it does not exist.

        Follows symbolic links inside the repository. Raises InputError when the path leaves the
        repository, is not a regular file, or is larger than `MAX_FILE_BYTES`.
        """
        entry = run_walk(
            find_entry(self._root(commit), path), lambda asked: self._answer(asked, path)
        )
        if entry is None:
            return None
        if entry.mode in {FOLDER, SUBMODULE}:
            raise InputError.single(plain(path), "not a regular file")
        return self._blob(entry, path, limit=MAX_FILE_BYTES)

    def names(self, commit: CommitSha, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder at a commit, None when there is none. Raises InputError."""
        walk = list_entries(self._root(commit), folder or ".")
        return run_walk(walk, lambda asked: self._answer(asked, folder))

    def write_tree(self, commit: CommitSha, files: Mapping[str, bytes]) -> str:
        """Write a tree that is the commit's with the files replaced or added; return its id.

        A replaced file keeps its mode. Raises InputError when something else than a regular file is
        in a file's place.
        """
        tree = self._root(commit)
        for path, content in files.items():
            blob = self.git.run("hash-object", "-w", "--stdin", input_bytes=content)
            tree = self._replace(tree, path.split("/"), blob.decode().strip(), path)
        return tree

    def _root(self, commit: CommitSha) -> str:
        if commit not in self._roots:
            found = self.git.run("rev-parse", "--verify", f"{commit}^{{tree}}")
            self._roots[commit] = found.decode().strip()
        return self._roots[commit]

    def _tree(self, sha: str) -> dict[str, Entry]:
        if sha not in self._trees:
            entries = {}
            for line in self.git.run("ls-tree", "-z", sha).split(b"\0"):
                if line:
                    head, name = line.split(b"\t", 1)
                    mode, _, entry_sha = head.decode().split(" ")
                    entries[name.decode("utf-8", "surrogateescape")] = Entry(mode, entry_sha)
            self._trees[sha] = entries
        return self._trees[sha]

    def _answer(self, asked: Folder | LinkText, path: str) -> object:
        """Return what a walk along `path` asks for."""
        if isinstance(asked, Folder):
            return self._tree(asked.sha)
        target = self._blob(asked.entry, path, limit=MAX_LINK_BYTES)
        return target.decode("utf-8", "surrogateescape")

    def _blob(self, entry: Entry, path: str, *, limit: int) -> bytes:
        try:
            size = int(self.git.run("cat-file", "-s", entry.sha))
        except GitError as error:
            if "promisor" not in error.detail and "lazy fetching" not in error.detail:
                raise
            fetch = shlex.join(["git", "-C", str(self.git.folder), "cat-file", "-e", entry.sha])
            raise InputError.single(
                plain(path),
                "not here: the repository is a partial clone",
                hint=f"fetch it, then run Thoth again: {plain(fetch)}",
            ) from error
        if size > limit:
            raise too_large(path, size=size, limit=limit)
        return self.git.run("cat-file", "blob", entry.sha)

    def _replace(self, tree: str | None, names: list[str], blob: str, path: str) -> str:
        """Return the tree with the blob at a path, folders made as needed."""
        entries = dict(self._tree(tree)) if tree is not None else {}
        key = names[0]
        present = entries.get(key)
        if len(names) > 1:
            if present is not None and present.mode != FOLDER:
                raise InputError.single(plain(path), f"not a folder: {plain(names[0])!r}")
            below = self._replace(present.sha if present else None, names[1:], blob, path)
            entries[key] = Entry(FOLDER, below)
        else:
            if present is not None and not present.mode.startswith("100"):
                raise InputError.single(
                    plain(path),
                    "not a regular file, so Thoth does not write it",
                    hint="replace the symbolic link or folder by a file",
                )
            entries[key] = Entry(present.mode if present else REGULAR, blob)
        return self._write(entries)

    def _write(self, entries: Mapping[str, Entry]) -> str:
        kinds = {FOLDER: b"tree", SUBMODULE: b"commit"}
        lines = b"".join(
            b"%s %s %s\t%s\0"
            % (
                entry.mode.encode(),
                kinds.get(entry.mode, b"blob"),
                entry.sha.encode(),
                _encode(name),
            )
            for name, entry in entries.items()
        )
        # --missing: a partial clone does not have what is not changed here.
        return self.git.run("mktree", "-z", "--missing", input_bytes=lines).decode().strip()


def _encode(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
