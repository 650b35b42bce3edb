"""An issue or pull request as tests see it, live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.github.changes import close_issue, emit_issue
from fakes.github.diffs import changed_files
from fakes.github.operations.check_runs import shown_annotations
from fakes.github.operations.comments import add_comment, edit_comment
from fakes.github.operations.merging import merge
from fakes.github.rendering.pulls import is_mergeable, pull_commits

if TYPE_CHECKING:
    from fakes.github.state import CheckRun, Comment, Issue, PullRequest, Repository
    from fakes.github.world import World

__all__ = ["FakeIssue"]


class FakeIssue:
    """One issue; those that are no pull requests lack what only these have (AttributeError)."""

    def __init__(self, world: World, repository: Repository, issue: Issue) -> None:
        self.issue = issue
        self._world = world
        self._repository = repository

    def __repr__(self) -> str:
        return f"<#{self.number} {self.title!r} {self.state}>"

    @property
    def number(self) -> int:
        """Counts issues and pull requests together."""
        return self.issue.number

    @property
    def title(self) -> str:
        """The title now."""
        return self.issue.title

    @property
    def body(self) -> str | None:
        """The text now."""
        return self.issue.body

    @property
    def state(self) -> str:
        """`open` or `closed`."""
        return self.issue.state

    @property
    def author(self) -> str:
        """The login of who opened it."""
        return self.issue.user.login

    @property
    def assignees(self) -> list[str]:
        """Logins of who is assigned."""
        return [account.login for account in self.issue.assignees]

    @property
    def reviewers(self) -> list[str]:
        """Logins and slugs of teams of who was asked for a review."""
        pull = self.issue.pull
        if pull is None:
            raise AttributeError("not a pull request")
        return [*(account.login for account in pull.reviewers), *pull.teams]

    @property
    def labels(self) -> list[str]:
        """Names of its labels."""
        return [label.name for label in self.issue.labels]

    @property
    def comments(self) -> list[Comment]:
        """Its comments, oldest first."""
        return list(self.issue.comments)

    @property
    def pull(self) -> PullRequest:
        """What a pull request has besides its issue."""
        if self.issue.pull is None:
            raise AttributeError(f"#{self.number} is no pull request")
        return self.issue.pull

    @property
    def head(self) -> str:
        """The branch that it brings."""
        return self.pull.head_ref

    @property
    def base(self) -> str:
        """The branch that it changes."""
        return self.pull.base_ref

    @property
    def head_sha(self) -> str:
        """The commit that it brings."""
        return self.pull.head_sha

    @property
    def merged(self) -> bool:
        """Whether it was merged."""
        return self.pull.merged_at is not None

    @property
    def mergeable(self) -> bool:
        """Whether git merges it without conflict."""
        with self._world.lock:
            return is_mergeable(self._repository, self.pull)

    @property
    def commits(self) -> list[str]:
        """Shas of its commits, oldest first."""
        with self._world.lock:
            return pull_commits(self._repository, self.pull)

    @property
    def changed_files(self) -> list[str]:
        """The paths that it changes."""
        with self._world.lock:
            store, pull = self._repository.store, self.pull
            start = store.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
            return [change.path for change in changed_files(store, start, pull.head_sha)]

    def shown_annotations(self, run: CheckRun) -> list[dict[str, object]]:
        """Return the annotations of a check run that "Files changed" shows."""
        with self._world.lock:
            return shown_annotations(self._repository, self.pull, run)

    def comment(self, body: str, *, author: str = "octocat") -> Comment:
        """Write a comment as a person."""
        with self._world.lock:
            actor = self._world.account(author)
            return add_comment(
                self._world, self._repository, self.issue, body, actor=actor, via_app=False
            )

    def edit(
        self,
        *,
        title: str | None = None,
        body: str | None = None,
        author: str = "octocat",
    ) -> None:
        """Change title or text as a person (a ticked checkbox is an edited body)."""
        with self._world.lock:
            changes = {}
            if title is not None:
                changes["title"] = {"from": self.issue.title}
                self.issue.title = title
            if body is not None:
                changes["body"] = {"from": self.issue.body or ""}
                self.issue.body = body
            actor = self._world.account(author)
            emit_issue(self._world, self._repository, self.issue, "edited", actor, changes=changes)

    def edit_comment(self, comment: Comment, body: str, *, author: str = "octocat") -> None:
        """Change a comment as a person."""
        with self._world.lock:
            actor = self._world.account(author)
            edit_comment(self._world, self._repository, self.issue, comment, body, actor=actor)

    def close(self, *, author: str = "octocat") -> None:
        """Close it as a person."""
        with self._world.lock:
            close_issue(self._world, self._repository, self.issue, self._world.account(author))

    def approve(self) -> None:
        """Approve it; GitHub's auto-merge, if it is on, then merges it."""
        with self._world.lock:
            self.pull.approved = True
            if self.pull.auto_merge is not None:
                actor, method = self.pull.auto_merge
                merge(self._world, self._repository, self.issue, actor=actor, method=method)

    @property
    def auto_merge(self) -> str | None:
        """Who has GitHub merge it by itself; None: nobody."""
        return None if self.pull.auto_merge is None else self.pull.auto_merge[0].login

    def merge(self, *, author: str = "octocat", method: str = "merge") -> str:
        """Merge it as a person and return the merge's sha; raises `ApiError` if it conflicts."""
        with self._world.lock:
            actor = self._world.account(author)
            return merge(self._world, self._repository, self.issue, actor=actor, method=method)
