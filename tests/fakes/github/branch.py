"""A branch as tests see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakes.github.state import Repository

__all__ = ["FakeBranch"]


class FakeBranch:
    """A branch at the moment of asking."""

    def __init__(self, repository: Repository, name: str, sha: str) -> None:
        self.name = name
        self.sha = sha
        self._store = repository.store

    @property
    def files(self) -> dict[str, str | bytes]:
        """Path -> content, text where it is UTF-8."""
        found: dict[str, str | bytes] = {}
        for entry in self._store.entries(self.sha, recursive=True):
            data = self._store.blob(entry.sha) if entry.kind == "blob" else None
            if data is not None:
                try:
                    found[entry.path] = data.decode()
                except UnicodeDecodeError:
                    found[entry.path] = data
        return found

    @property
    def commits(self) -> list[str]:
        """All its commits' shas, newest first."""
        return self._store.log(self.sha)

    @property
    def messages(self) -> list[str]:
        """All its commits' messages, newest first."""
        found = (self._store.commit(sha) for sha in self.commits)
        return [commit.message for commit in found if commit]
