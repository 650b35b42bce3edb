"""The branches and tags of one repository of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakes.github.store import GitStore

__all__ = ["Refs"]


class Refs:
    """The refs of one repository of the network, by full name like `refs/heads/main`."""

    def __init__(self, store: GitStore, namespace: str) -> None:
        self.store = store
        self.namespace = namespace
        self._prefix = f"refs/namespaces/{namespace}/"
        self._known: dict[str, str] | None = None

    def all(self) -> dict[str, str]:
        """Return name -> sha, in order of name."""
        if self._known is None:
            self._known = self._read()
        return dict(self._known)

    def set_head(self, branch: str) -> None:
        """Let HEAD name a branch, for those who clone."""
        target = f"{self._prefix}refs/heads/{branch}"
        self.store.run("symbolic-ref", f"{self._prefix}HEAD", target)

    def forget(self) -> None:
        """Read the refs again when they are next asked for: git itself has changed them."""
        self._known = None

    def _read(self) -> dict[str, str]:
        out = self.store.run("for-each-ref", "--format=%(refname) %(objectname)", self._prefix)
        pairs = (line.split(" ") for line in out.decode().splitlines())
        known = {name.removeprefix(self._prefix): sha for name, sha in pairs}
        known.pop("HEAD", None)
        return known

    def get(self, name: str) -> str | None:
        """Return the sha of a ref, or None."""
        return self.all().get(name)

    def set(self, name: str, sha: str | None) -> None:
        """Move, create or (None) remove a ref; raises `GitError` on a bad name or sha."""
        self.store.run("check-ref-format", name)
        self.forget()
        if sha is None:
            self.store.run("update-ref", "-d", self._prefix + name)
        else:
            self.store.run("update-ref", self._prefix + name, sha)
