"""The same repository behind both forges: what people do to it, and the forge to be tested."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from bot.github.forge import open_forge
from bot.local.forge import LocalForge
from bot.local.repository import open_repository

FILE, PROGRAM, LINK, SUBMODULE = "100644", "100755", "120000", "160000"

PERSON = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class ForgeWorld(Protocol):
    """One repository with a default branch `main`."""

    forge: Any

    def commit(self, branch, entries, *, base=None):
        """Commit as a person; `entries`: path -> (mode, content, or a submodule's sha)."""

    def point(self, branch, sha):
        """Point a branch to a commit."""

    def head(self, branch):
        """Return what a branch points to, None when it does not exist."""

    def entry(self, branch, path):
        """Return (mode, content) of a file on a branch."""

    def merge(self, branch):
        """Merge Thoth's branch into `main`."""

    def close(self, number):
        """Close a pull request as a person."""


@dataclass
class LocalWorld:
    folder: Any
    forge: Any = field(init=False)

    def __post_init__(self):
        self.folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main", "--template=")
        self.commit("main", {"README": (FILE, b"hello\n")})
        self.git("reset", "--quiet", "--hard")
        self.forge = LocalForge(open_repository(self.folder), lambda: 1_700_000_000.0)

    def git(self, *arguments, data=None, index=None):
        more = {"GIT_INDEX_FILE": str(index)} if index else {}
        finished = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **PERSON, **more},
            input=data,
            capture_output=True,
            check=True,
        )
        return finished.stdout.strip()

    def commit(self, branch, entries, *, base=None):
        index = self.folder / ".git" / "index-of-test"
        index.unlink(missing_ok=True)
        parent = self.head(branch) or (self.head(base) if base else None)
        if parent:
            self.git("read-tree", parent, index=index)
        for path, (mode, content) in entries.items():
            sha = content
            if mode != SUBMODULE:
                sha = self.git("hash-object", "-w", "--stdin", data=content).decode()
            self.git("update-index", "--add", "--cacheinfo", f"{mode},{sha},{path}", index=index)
        tree = self.git("write-tree", index=index).decode()
        parents = ["-p", parent] if parent else []
        sha = self.git("commit-tree", tree, *parents, "-m", "work").decode()
        self.point(branch, sha)
        return sha

    def point(self, branch, sha):
        self.git("update-ref", f"refs/heads/{branch}", sha)

    def head(self, branch):
        found = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"],
            cwd=self.folder,
            capture_output=True,
            check=False,
        )
        return found.stdout.decode().strip() or None

    def entry(self, branch, path):
        mode = self.git("ls-tree", branch, path).decode().split(" ", 1)[0]
        raw = subprocess.run(
            ["git", "cat-file", "blob", f"{branch}:{path}"],
            cwd=self.folder,
            capture_output=True,
            check=True,
        )
        return mode, raw.stdout

    def merge(self, branch):
        self.point("main", self.head(branch))

    def close(self, number):
        state = self.forge.store.load()
        (found,) = [each for each in state.pull_requests if each.number == number]
        self.forge.store.save(state.with_pull_request(replace(found, state="closed")))


@dataclass
class GitHubWorld:
    github: Any
    repository: Any
    installation: Any
    app: Any
    forge: Any = None

    async def open(self, **more):
        self.forge = await open_forge(
            self.app,
            installation_id=self.installation.id,
            repository_id=self.repository.id,
            full_name="octo/hello",
            **more,
        )
        return self.forge

    def commit(self, branch, entries, *, base=None):
        store = self.repository.state.store
        parent = self.head(branch) or (self.head(base) if base else None)
        changes = [
            (mode, path, content if mode == SUBMODULE else store.write("blob", content))
            for path, (mode, content) in entries.items()
        ]
        identity = self.repository._world.identity(self.repository._world.account("ada"))
        sha = store.write_commit(
            tree=store.write_tree(parent, changes),
            parents=[parent] if parent else [],
            author=identity,
            committer=identity,
            message="work",
        )
        self.point(branch, sha)
        return sha

    def point(self, branch, sha):
        self.repository.state.refs.set(f"refs/heads/{branch}", sha)

    def head(self, branch):
        return self.repository.state.refs.get(f"refs/heads/{branch}")

    def entry(self, branch, path):
        store = self.repository.state.store
        (found,) = [
            each for each in store.entries(self.head(branch), recursive=True) if each.path == path
        ]
        return found.mode, store.blob(found.sha)

    def merge(self, branch):
        for each in self.repository.pull_requests:
            if each.head == branch and each.state == "open":
                each.merge()

    def close(self, number):
        for each in self.repository.pull_requests:
            if each.number == number:
                each.close()
