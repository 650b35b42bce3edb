"""Objects and refs of a network of repositories (a repository and its forks), kept by git itself.

Driven with plumbing commands only, so that shas, trees, merges and conflicts are git's own. As on
GitHub, a repository and its forks share their objects; each has its refs in a git namespace of its
own (https://git-scm.com/docs/gitnamespaces), which `git http-backend` understands too.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fakes.github.commit_object import parse_commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from fakes.github.commit_object import Signature, StoredCommit

    Signer = Callable[[str], str]

__all__ = ["EMPTY_TREE", "ZERO_SHA", "GitError", "GitStore", "TreeEntry"]

Result = TypeVar("Result")

ZERO_SHA = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C",
}


class GitError(ValueError):
    """git refused a command: what was asked for does not exist or is not well-formed."""


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a tree."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


class GitStore:
    """One bare git repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[tuple[object, ...], Any] = {}
        self._objects: dict[str, tuple[str, bytes]] = {}
        folder.mkdir(parents=True)
        self.run("init", "--quiet", "--bare", "--template=", str(folder))

    def run(
        self, *arguments: str, data: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> bytes:
        """Run git and return its output; raises `GitError` when it fails."""
        done = self.attempt(*arguments, data=data, variables=variables)
        if done.returncode != 0:
            raise GitError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def attempt(
        self, *arguments: str, data: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git and return what came of it."""
        return subprocess.run(
            ["git", f"--git-dir={self.folder}", *arguments],
            input=data,
            capture_output=True,
            check=False,
            env={**_ENVIRONMENT, **(variables or {})},
        )

    def once(self, key: tuple[object, ...], compute: Callable[[], Result]) -> Result:
        """Return what `compute` returned the first time, for what follows from shas alone."""
        if key not in self._known:
            self._known[key] = compute()
        result: Result = self._known[key]
        return result

    # Objects

    def write(self, kind: str, data: bytes) -> str:
        """Store an object and return its sha; raises `GitError` if git finds it malformed."""
        sha = self.run("hash-object", "-w", "-t", kind, "--stdin", data=data).decode().strip()
        self._objects[sha] = (kind, data)
        return sha

    def read(self, sha: str) -> tuple[str, bytes] | None:
        """Return the kind and content of an object by its full sha, or None."""
        if sha not in self._objects:
            if len(sha) != 40 or not set(sha) <= set("0123456789abcdef"):
                return None
            out = self.run("cat-file", "--batch", data=f"{sha}\n".encode())
            header, _, rest = out.partition(b"\n")
            parts = header.decode().split()
            if len(parts) != 3:
                return None
            self._objects[sha] = (parts[1], rest[: int(parts[2])])
        return self._objects[sha]

    def blob(self, sha: str) -> bytes | None:
        """Return a file's content, or None if there is no such blob."""
        found = self.read(sha)
        return found[1] if found and found[0] == "blob" else None

    def has(self, kind: str, sha: str) -> bool:
        """Whether the object exists and is of that kind."""
        found = self.read(sha)
        return found is not None and found[0] == kind

    def commit(self, sha: str) -> StoredCommit | None:
        """Return a commit by its full sha, or None if there is no such commit."""
        found = self.read(sha)
        return parse_commit(sha, found[1]) if found and found[0] == "commit" else None

    def write_commit(
        self,
        *,
        tree: str,
        parents: Iterable[str],
        author: Signature,
        committer: Signature,
        message: str,
        sign: Signer | None = None,
    ) -> str:
        """Store a commit; `sign` makes the text of its signature from the payload."""
        head = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        head += [f"author {author.line()}", f"committer {committer.line()}"]
        payload = "\n".join(head) + f"\n\n{message}"
        if sign is not None:
            folded = sign(payload).rstrip("\n").replace("\n", "\n ")
            payload = "\n".join([*head, f"gpgsig {folded}"]) + f"\n\n{message}"
        return self.write("commit", payload.encode())

    def entries(self, tree: str, *, recursive: bool = False) -> list[TreeEntry]:
        """Return what a tree (or a commit's tree) holds; with `recursive` all below it."""
        return list(self.once(("entries", tree, recursive), lambda: self._entries(tree, recursive)))

    def _entries(self, tree: str, recursive: bool) -> list[TreeEntry]:
        options = ["-r", "-t"] if recursive else []
        out = self.run("ls-tree", "-z", "-l", *options, tree)
        entries = []
        for line in out.decode().split("\0")[:-1]:
            meta, path = line.split("\t", 1)
            mode, kind, sha, size = meta.split()
            entries.append(TreeEntry(mode, kind, sha, None if size == "-" else int(size), path))
        return entries

    def write_tree(self, base: str | None, changes: Iterable[tuple[str, str, str | None]]) -> str:
        """Store `base` with (mode, path, sha) changes made to it in order; return the tree's sha.

        A sha of None removes the path (a folder too); a file takes the place of a folder and a folder
        (git sees to that) the place of a file. Names that git forbids are refused: `GitError`.
        """
        files: dict[str, tuple[str, str]] = {}
        if base not in {None, EMPTY_TREE}:
            files = {
                entry.path: (entry.mode, entry.sha)
                for entry in self.entries(str(base), recursive=True)
                if entry.kind != "tree"
            }
        for mode, path, sha in changes:
            if any(part.lower() in _FORBIDDEN_NAMES for part in path.split("/")):
                raise GitError(f"malformed path: {path!r}")
            for name in [one for one in files if one == path or one.startswith(f"{path}/")]:
                del files[name]
            if sha is not None and mode == "040000":
                for entry in self.entries(sha, recursive=True):
                    if entry.kind != "tree":
                        files[f"{path}/{entry.path}"] = (entry.mode, entry.sha)
            elif sha is not None:
                files[path] = (mode, sha)
        lines = "".join(f"{mode} {sha}\t{path}\0" for path, (mode, sha) in files.items())
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            variables = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            command = ("update-index", "-z", "--index-info")
            self.run(*command, data=lines.encode(), variables=variables)
            return self.run("write-tree", variables=variables).decode().strip()

    # History

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` is `older` or comes after it."""
        if older == newer:
            return True
        command = ("merge-base", "--is-ancestor", older, newer)
        return self.once(command, lambda: self.attempt(*command).returncode == 0)

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor, or None if the histories are unrelated."""
        return self._first_line("merge-base", one, other)

    def log(
        self, include: str, *, exclude: str | None = None, path: str | None = None
    ) -> list[str]:
        """Return the commits reachable from `include` and not from `exclude`, newest first."""
        without = [f"^{exclude}"] if exclude else []
        where = ["--", path] if path else []
        command = ("rev-list", "--topo-order", include, *without, *where)
        return list(self.once(command, lambda: self.run(*command).decode().split()))

    def merge(self, ours: str, theirs: str) -> str | None:
        """Return the tree of a merge of two commits, or None when they conflict."""
        return self._first_line("merge-tree", "--write-tree", "--no-messages", ours, theirs)

    def _first_line(self, *command: str) -> str | None:
        def ask() -> str | None:
            done = self.attempt(*command)
            return done.stdout.decode().split()[0] if done.returncode == 0 else None

        return self.once(command, ask)

    def resolve(self, text: str) -> str | None:
        """Return the full sha of a commit given by a full or abbreviated sha, or None."""
        if len(text) < 4 or not set(text) <= set("0123456789abcdef"):
            return None
        if self.has("commit", text):
            return text
        done = self.attempt("rev-parse", "--verify", "--quiet", f"{text}^{{commit}}")
        return done.stdout.decode().strip() if done.returncode == 0 else None


_FORBIDDEN_NAMES = frozenset({"", ".", "..", ".git"})
"""No file or folder in a tree may be called so."""
