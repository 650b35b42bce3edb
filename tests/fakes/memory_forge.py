"""A forge in memory, behind the real limits: every write takes a turn of its installation's throttle."""

from __future__ import annotations

import asyncio
import random
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from advisor_core.manifests.files import list_paths
from bot.errors import ForgeError
from bot.forge import SECURITY_PREFIX, Base, BranchState, CommitSha, PullRequest

BASE = Base("main", CommitSha("b" * 40))


@dataclass
class Hub:
    """What all repositories share: the record of every write, and how requests go."""

    seconds_per_request: float = 0.2
    failing: float = 0.0
    """The share of requests that GitHub does not answer."""
    random: random.Random = field(default_factory=lambda: random.Random(1))
    writes: dict[int, list[float]] = field(default_factory=dict)
    """By installation, when each write was sent."""
    kinds: dict[str, int] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)

    async def request(self, kind: str) -> None:
        await asyncio.sleep(self.seconds_per_request)
        if self.random.random() < self.failing:
            raise ForgeError(f"{kind}: GitHub did not answer in time")


@dataclass
class Repository:
    """What a repository has of Thoth."""

    id: int
    installation_id: int
    branches: dict[str, tuple[str, dict[str, bytes]]] = field(default_factory=dict)
    pull_requests: list[PullRequest] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    dashboard: str | None = None
    private: bool = False
    opened_at: float | None = None
    written_at: dict[str, float] = field(default_factory=dict)
    """By lockfile text, when it was first on a branch."""


class MemoryForge:
    """One repository, for one job. Satisfies `Forge` as far as an update goes."""

    def __init__(
        self, hub: Hub, repository: Repository, throttle: Any, fence: Any, ledger: Any
    ) -> None:
        self._hub = hub
        self.repository = repository
        self._throttle = throttle
        self._fence = fence
        self._ledger = ledger
        self._is_urgent = False

    @contextmanager
    def urgently(self):
        self._is_urgent = True
        yield
        self._is_urgent = False

    async def base(self):
        await self._read("base")
        return BASE

    async def read_file(self, commit, path):
        await self._read("contents")
        for sha, files in self.repository.branches.values():
            if sha == commit:
                return files.get(path)
        return b"old" if path == "Pipfile.lock" else None

    async def list_folder(self, commit, folder):
        await self._read("contents")
        for sha, files in self.repository.branches.values():
            if sha == commit:
                return list_paths(files, folder)
        return ("Pipfile.lock",) if folder in ("", ".") else None

    async def read_shared(self, _repository, _path):
        return None

    def project_at(self, _url):
        return None

    async def releases(self, _project):
        return ()

    async def changelog(self, _project):
        return None

    async def branch_state(self, branch, base):
        await self._read("ref")
        found = self.repository.branches.get(branch)
        if found is None:
            return None
        return BranchState(branch, CommitSha(found[0]), parent=base.head, fork=base.head)

    async def pull_requests(self, _branches=()):
        await self._read("pulls")
        return tuple(self.repository.pull_requests)

    async def check_runs(self, _head):
        await self._read("check runs")
        return ()

    async def recent_subjects(self, *_arguments, **_options):
        await self._read("commits")
        return ()

    async def deeds(self):
        return await self._ledger.today()

    async def write_commit(self, commit):
        await self._ledger.note("written")
        await self._write("tree")
        await self._write("commit")
        await self._write("ref")
        sha = CommitSha(f"{hash((commit.branch, *commit.files.values())) & (16**40 - 1):040x}")
        self.repository.branches[commit.branch] = (sha, dict(commit.files))
        for text in commit.files.values():
            self.repository.written_at.setdefault(text.decode(), asyncio.get_running_loop().time())
        return sha

    async def open_pull_request(self, branch, *, base, title, body):
        await self._ledger.note("opened")
        await self._write("pull")
        for each in self.repository.pull_requests:
            if each.branch == branch and each.state == "open":
                return each
        opened = PullRequest(len(self.repository.pull_requests) + 1, branch, base, title, body)
        self.repository.pull_requests.append(opened)
        if not branch.startswith(SECURITY_PREFIX):
            self.repository.opened_at = asyncio.get_running_loop().time()
        return opened

    async def edit_pull_request(self, number, *, title, body):
        await self._write("pull")
        mine = self.repository.pull_requests
        mine[number - 1] = replace(mine[number - 1], title=title, body=body)

    async def add_labels(self, _number, labels):
        await self._write("labels")
        self.repository.labels += labels

    async def finish_pull_request(self, number, *, body, labels=()):
        await self._write("labels" if labels else "pull")
        mine = self.repository.pull_requests
        mine[number - 1] = replace(mine[number - 1], body=body)
        self.repository.labels += labels

    async def invite(self, _number, *, assignees, reviewers):
        if assignees or reviewers:
            await self._write("people")
        return ()

    async def close_pull_request(self, number, *, reason):
        del reason
        await self._write("pull")
        mine = self.repository.pull_requests
        mine[number - 1] = replace(mine[number - 1], state="closed", closed_by_thoth=True)

    async def comment(self, _number, *, key, text):
        del key, text
        await self._write("comment")

    async def tell_in_dashboard(self, _reason, _hint=""):
        await self._write("issue")

    async def put_check_run(self, _check_run):
        await self._write("check run")

    async def put_dashboard(self, _title, body):
        await self._read("issues")
        if body != self.repository.dashboard:
            await self._write("issue")
            self.repository.dashboard = body

    async def _read(self, kind):
        async with self._throttle.turn(kind, writes=False):
            await self._hub.request(kind)

    async def _write(self, kind):
        async with self._throttle.turn(kind, writes=True, urgent=self._is_urgent) as may_go:
            await self._fence()
            if not await may_go():
                raise ForgeError(f"{kind}: the turn to write was lost")
            sent = self._hub.writes.setdefault(self.repository.installation_id, [])
            sent.append(asyncio.get_running_loop().time())
            self._hub.kinds[kind] = self._hub.kinds.get(kind, 0) + 1
            await self._hub.request(kind)
