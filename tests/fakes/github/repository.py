"""A repository as tests see it: what people do with it, and what came of the App's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.github.branch import FakeBranch
from fakes.github.changes import CommitList, close_pulls_from, move_ref
from fakes.github.operations.check_runs import emit_check_run, report_run
from fakes.github.operations.check_suites import emit_rerequested
from fakes.github.operations.issues import open_issue
from fakes.github.operations.pulls import open_pull
from fakes.github.operations.statuses import add_status
from fakes.github.pull_request import FakeIssue
from fakes.github.rendering.repositories import render_repository
from fakes.github.state import Release
from fakes.github.store import EMPTY_TREE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fakes.github.state import CheckRun, CommitStatus, Repository
    from fakes.github.world import World

__all__ = ["Content", "FakeRepository"]

Content = str | bytes | None
"""A file's new content; None removes it."""


class FakeRepository:
    """A repository. Every method sends the webhooks that GitHub would send."""

    def __init__(self, world: World, state: Repository) -> None:
        self.state = state
        self._world = world

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return self.state.full_name

    @property
    def id(self) -> int:
        """Stays the same when it is renamed."""
        return self.state.id

    def publish(
        self, tag: str, body: str | None, *, draft: bool = False, author: str = "octocat"
    ) -> None:
        """Publish a release under a tag."""
        with self._world.lock:
            account = self._world.account(author)
            release = Release(
                self._world.next_id(), tag, body, account, self._world.clock.now(), draft=draft
            )
            self.state.releases.append(release)

    # Files and branches

    def push(
        self,
        branch: str,
        files: Mapping[str, Content],
        *,
        author: str = "octocat",
        message: str | None = None,
        base: str | None = None,
        force: bool = False,
        commit_list: CommitList = "listed",
    ) -> str:
        """Commit changes to a branch, push them and return the commit's sha.

        A new branch starts at `base` (a branch or sha; None: the default branch). With `force` an
        existing one does too, which throws its own commits away. An empty `files` pushes `base` as
        it is.
        """
        with self._world.lock:
            refs, store = self.state.refs, self.state.store
            head = refs.get(f"refs/heads/{branch}")
            if head is None or force:
                name = base or self.state.default_branch
                head = refs.get(f"refs/heads/{name}") or (store.resolve(base) if base else None)
                if base is not None and head is None:
                    raise ValueError(f"no such branch or commit: {base!r}")
            sha = head
            if files or sha is None:
                sha = self._commit(head, files, author, message)
            move_ref(
                self._world,
                self.state,
                f"refs/heads/{branch}",
                sha,
                actor=self._world.account(author),
                commit_list=commit_list,
            )
            return sha

    def _commit(
        self, parent: str | None, files: Mapping[str, Content], author: str, message: str | None
    ) -> str:
        store = self.state.store
        changes = [
            (
                "100644",
                path,
                None
                if content is None
                else store.write("blob", content.encode() if isinstance(content, str) else content),
            )
            for path, content in files.items()
        ]
        identity = self._world.identity(self._world.account(author))
        return store.write_commit(
            tree=store.write_tree(parent or EMPTY_TREE, changes) if files else EMPTY_TREE,
            parents=[parent] if parent else [],
            author=identity,
            committer=identity,
            message=message or f"Change {', '.join(files) or 'nothing'}",
        )

    def branch(self, name: str | None = None) -> FakeBranch:
        """Return a branch (None: the default one); raises KeyError if there is none."""
        name = name or self.state.default_branch
        with self._world.lock:
            sha = self.state.refs.get(f"refs/heads/{name}")
            if sha is None:
                raise KeyError(name)
            return FakeBranch(self.state, name, sha)

    @property
    def branches(self) -> dict[str, str]:
        """Branch -> sha."""
        with self._world.lock:
            return {
                name.removeprefix("refs/heads/"): sha
                for name, sha in self.state.refs.all().items()
                if name.startswith("refs/heads/")
            }

    def delete_branch(self, name: str, *, author: str = "octocat") -> None:
        """Delete a branch; open pull requests from it are closed."""
        with self._world.lock:
            actor = self._world.account(author)
            move_ref(self._world, self.state, f"refs/heads/{name}", None, actor=actor)

    def protect(self, branch: str, checks: Sequence[str] = ()) -> None:
        """Refuse direct changes of a branch."""
        self.state.protected[branch] = list(checks)

    def add_collaborator(self, login: str, role: str = "write") -> None:
        """Give a person a role: read, triage, write, maintain or admin."""
        self._world.account(login)
        self.state.collaborators[login.lower()] = role

    def fork(self, owner: str) -> FakeRepository:
        """Return a fork that belongs to another account, with all branches."""
        with self._world.lock:
            fork = self._world.new_repository(
                f"{owner}/{self.state.name}",
                private=self.state.private,
                default_branch=self.state.default_branch,
                parent=self.state,
            )
            for name, sha in self.state.refs.all().items():
                fork.refs.set(name, sha)
            return FakeRepository(self._world, fork)

    # Conversation

    def open_pull_request(
        self,
        head: str,
        *,
        base: str | None = None,
        title: str = "A change",
        body: str | None = None,
        author: str = "octocat",
        draft: bool = False,
    ) -> FakeIssue:
        """Open a person's pull request; `head` of a fork is `owner:branch`."""
        with self._world.lock:
            issue = open_pull(
                self._world,
                self.state,
                head=head,
                base=base or self.state.default_branch,
                title=title,
                body=body,
                actor=self._world.account(author),
                via_app=False,
                draft=draft,
            )
            return FakeIssue(self._world, self.state, issue)

    def open_issue(
        self, title: str, *, body: str | None = None, author: str = "octocat"
    ) -> FakeIssue:
        """Open a person's issue."""
        with self._world.lock:
            issue = open_issue(
                self._world,
                self.state,
                title=title,
                body=body,
                labels=[],
                actor=self._world.account(author),
                via_app=False,
            )
            return FakeIssue(self._world, self.state, issue)

    @property
    def issues(self) -> list[FakeIssue]:
        """All issues that are no pull requests, oldest first."""
        return [
            FakeIssue(self._world, self.state, issue)
            for issue in list(self.state.issues.values())
            if issue.pull is None
        ]

    @property
    def pull_requests(self) -> list[FakeIssue]:
        """All pull requests, closed ones too, oldest first."""
        return [
            FakeIssue(self._world, self.state, issue)
            for issue in list(self.state.issues.values())
            if issue.pull is not None
        ]

    # Checks

    @property
    def check_runs(self) -> list[CheckRun]:
        """All check runs, oldest first."""
        return self.state.check_runs

    @property
    def statuses(self) -> list[CommitStatus]:
        """All commit statuses, oldest first."""
        return list(self.state.statuses)

    def report_status(
        self, branch: str, state: str, *, context: str = "ci", author: str = "octocat"
    ) -> None:
        """Have a CI outside of GitHub report on the head of a branch."""
        with self._world.lock:
            sha = self.state.refs.get(f"refs/heads/{branch}")
            assert sha is not None, branch
            actor = self._world.account(author)
            add_status(self._world, self.state, sha, state=state, context=context, actor=actor)

    def report_check(self, branch: str, conclusion: str | None, *, name: str = "build") -> None:
        """Have GitHub Actions report on the head of a branch; None: it runs."""
        with self._world.lock:
            report_run(self._world, self.state, branch, name=name, conclusion=conclusion)

    def rerequest(self, run: CheckRun, *, author: str = "octocat") -> None:
        """Press "Re-run" of a check."""
        self._send_check_run(run, "rerequested", author)

    def request_action(self, run: CheckRun, identifier: str, *, author: str = "octocat") -> None:
        """Press a button that the check run offers."""
        if identifier not in [action["identifier"] for action in run.actions]:
            raise ValueError(f"the check run has no such button: {identifier!r}")
        more = {"requested_action": {"identifier": identifier}}
        self._send_check_run(run, "requested_action", author, **more)

    def _send_check_run(self, run: CheckRun, action: str, author: str, **more: object) -> None:
        with self._world.lock:
            actor = self._world.account(author)
            emit_check_run(self._world, self.state, run, action, actor, **more)

    def rerequest_suite(self, sha: str, *, author: str = "octocat") -> None:
        """Press "Re-run all checks" of a commit."""
        with self._world.lock:
            actor = self._world.account(author)
            for suite in self.state.check_suites:
                if suite.head_sha == sha:
                    emit_rerequested(self._world, self.state, suite, actor)

    # What happens to the repository itself

    def announce(self) -> None:
        """Tell of a new repository an App that was given all of its owner's."""
        self._emit("created")

    def rename(self, name: str) -> None:
        """Rename; requests for the old name are redirected."""
        with self._world.lock:
            before = self.state.name
            self._world.moved[self.state.full_name.lower()] = self.state
            self.state.name = name
            self._world.moved.pop(self.state.full_name.lower(), None)
            self._emit("renamed", changes={"repository": {"name": {"from": before}}})

    def make_private(self) -> None:
        """Hide it from strangers."""
        with self._world.lock:
            self.state.private = True
            self._emit("privatized")

    def make_public(self) -> None:
        """Show it to all."""
        with self._world.lock:
            self.state.private = False
            self._emit("publicized")

    def archive(self) -> None:
        """Make it read-only."""
        self.state.archived = True

    def delete(self) -> None:
        """Delete it: every request for it is 404 from now on."""
        with self._world.lock:
            self._emit("deleted")
            self.state.deleted = True
            close_pulls_from(self._world, self.state, self.state.owner)

    def _emit(self, action: str, **fields: object) -> None:
        rendered = render_repository(self._world, self.state)
        self._world.webhooks.emit(
            "repository",
            action,
            {"repository": rendered, **fields},
            repository=self.state,
            sender=self.state.owner,
        )
