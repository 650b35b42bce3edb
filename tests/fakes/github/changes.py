"""What follows from a change: events, pull requests that move, close or merge, check suites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fakes.github.rendering.accounts import html_url
from fakes.github.rendering.checks import render_check_suite
from fakes.github.rendering.commits import render_pushed_commit
from fakes.github.rendering.issues import render_issue
from fakes.github.rendering.pulls import render_pull
from fakes.github.rendering.repositories import render_repository
from fakes.github.state import CheckSuite
from fakes.github.store import ZERO_SHA

if TYPE_CHECKING:
    from fakes.github.state import Account, Issue, Repository
    from fakes.github.world import World

__all__ = [
    "CommitList",
    "after_move",
    "close_issue",
    "close_pulls_from",
    "emit_issue",
    "emit_pull",
    "find_suite",
    "move_ref",
]

CommitList = Literal["listed", "empty", "missing"]
"""How a push event carries `commits`: GitHub lists at most 2048, and none for some pushes."""

_MOST_COMMITS = 2048
"""https://docs.github.com/webhooks/webhook-events-and-payloads#push"""


def move_ref(
    world: World,
    repository: Repository,
    name: str,
    sha: str | None,
    *,
    actor: Account,
    commit_list: CommitList = "listed",
) -> None:
    """Create, move or (None) remove a ref and do all that GitHub does then."""
    old = repository.refs.get(name)
    if old == sha:
        return
    repository.refs.set(name, sha)
    after_move(world, repository, name, old, actor=actor, commit_list=commit_list)


def after_move(
    world: World,
    repository: Repository,
    name: str,
    old: str | None,
    *,
    actor: Account,
    commit_list: CommitList = "listed",
) -> None:
    """Do all that GitHub does after a ref moved away from `old`; nothing if it did not."""
    sha = repository.refs.get(name)
    if sha == old:
        return
    repository.pushed_at = world.clock.now()
    _emit_push(world, repository, name, old, sha, actor=actor, commit_list=commit_list)
    kind, _, short = name.removeprefix("refs/").partition("/")
    if old is None or sha is None:
        _emit_created_or_deleted(world, repository, kind, short, actor, created=old is None)
    if kind == "heads":
        _synchronize(world, repository, short, sha, actor)
        if sha is not None:
            _request_checks(world, repository, short, old, new=sha, actor=actor)


def _emit_push(
    world: World,
    repository: Repository,
    name: str,
    old: str | None,
    new: str | None,
    *,
    actor: Account,
    commit_list: CommitList,
) -> None:
    store = repository.store
    commits: list[dict[str, Any]] = []
    if new is not None and commit_list == "listed" and world.installation_of(repository):
        default = repository.refs.get(f"refs/heads/{repository.default_branch}")
        start = old if old is not None else (default if default != new else None)
        shas = store.log(new, exclude=start)[:_MOST_COMMITS]
        found = (store.commit(sha) for sha in reversed(shas))
        commits = [render_pushed_commit(repository, commit) for commit in found if commit]
    head = store.commit(new) if new else None
    rendered = render_repository(world, repository)
    rendered["created_at"] = int(repository.created_at.timestamp())
    rendered["pushed_at"] = int(repository.pushed_at.timestamp())
    rendered |= {"stargazers": 0, "master_branch": repository.default_branch}
    payload: dict[str, Any] = {
        "ref": name,
        "before": old or ZERO_SHA,
        "after": new or ZERO_SHA,
        "repository": rendered,
        "pusher": {"name": actor.login, "email": None},
        "created": old is None,
        "deleted": new is None,
        "forced": bool(old and new and not store.is_ancestor(old, new)),
        "base_ref": None,
        "compare": html_url(f"{repository.full_name}/compare/{(old or ZERO_SHA)[:12]}"),
        "commits": commits,
        "head_commit": None
        if head is None or commit_list != "listed"
        else render_pushed_commit(repository, head),
    }
    if commit_list == "missing":
        del payload["commits"]
    world.webhooks.emit(
        "push",
        None,
        payload,
        repository=repository,
        sender=actor,
        check=commit_list != "missing",
    )


def _emit_created_or_deleted(
    world: World, repository: Repository, kind: str, short: str, actor: Account, *, created: bool
) -> None:
    fields: dict[str, Any] = {
        "ref": short,
        "ref_type": "tag" if kind == "tags" else "branch",
        "pusher_type": "user",
    }
    if created:
        fields |= {"master_branch": repository.default_branch, "description": None}
    event = "create" if created else "delete"
    world.webhooks.emit(event, None, fields, repository=repository, sender=actor)


def emit_pull(
    world: World,
    repository: Repository,
    issue: Issue,
    action: str,
    actor: Account,
    **fields: object,
) -> None:
    """Send a `pull_request` event."""
    assert issue.pull is not None
    rendered = render_pull(world, repository, issue, issue.pull, asked=False)
    values = {"number": issue.number, "pull_request": rendered, **fields}
    world.webhooks.emit("pull_request", action, values, repository=repository, sender=actor)


def emit_issue(
    world: World, repository: Repository, issue: Issue, action: str, actor: Account, **more: object
) -> None:
    """Send an `issues` event, or for a pull request the same of that."""
    if issue.pull is not None:
        emit_pull(world, repository, issue, action, actor, **more)
    else:
        fields = {"issue": render_issue(world, repository, issue), **more}
        world.webhooks.emit("issues", action, fields, repository=repository, sender=actor)


def _synchronize(
    world: World, changed: Repository, branch: str, sha: str | None, actor: Account
) -> None:
    """Let open pull requests follow a branch that moved or went.

    https://docs.github.com/pull-requests/collaborating-with-pull-requests (a head without
    commits of its own closes the pull request; a head that the base has merges it).
    """
    for repository in world.repositories:
        if repository.store is not changed.store or repository.deleted:
            continue
        for issue, pull in repository.open_pulls:
            if pull.head_repository is changed and pull.head_ref == branch:
                before, pull.head_sha = pull.head_sha, sha or pull.head_sha
                issue.updated_at = world.clock.now()
                if sha is None or repository.store.is_ancestor(sha, pull.base_sha):
                    close_issue(world, repository, issue, actor)
                elif before != sha:
                    emit_pull(
                        world, repository, issue, "synchronize", actor, before=before, after=sha
                    )
            elif repository is changed and pull.base_ref == branch:
                if sha is None:
                    close_issue(world, repository, issue, actor)
                    continue
                pull.base_sha = sha
                if repository.store.is_ancestor(pull.head_sha, sha):
                    pull.merged_at = world.clock.now()
                    pull.merged_by = actor
                    pull.merge_commit_sha = sha
                    close_issue(world, repository, issue, actor)


def close_pulls_from(world: World, deleted: Repository, actor: Account) -> None:
    """Close the open pull requests that a deleted fork brought."""
    for repository in world.repositories:
        if repository.store is deleted.store and not repository.deleted:
            for issue, pull in repository.open_pulls:
                if pull.head_repository is deleted:
                    close_issue(world, repository, issue, actor)


def close_issue(
    world: World,
    repository: Repository,
    issue: Issue,
    actor: Account,
    reason: str | None = None,
) -> None:
    """Close an issue or pull request and tell so."""
    issue.state = "closed"
    issue.closed_at = issue.updated_at = world.clock.now()
    issue.closed_by = actor
    if issue.pull is None:
        issue.state_reason = reason or "completed"
    emit_issue(world, repository, issue, "closed", actor)


def find_suite(
    world: World, repository: Repository, sha: str, branch: str | None = None
) -> tuple[CheckSuite, bool]:
    """Return the App's suite of a commit and whether it had to be made."""
    for suite in repository.check_suites:
        if suite.head_sha == sha and not suite.by_actions:
            return suite, False
    if branch is None:
        heads = repository.refs.all().items()
        branch = next(
            (
                name.removeprefix("refs/heads/")
                for name, at in heads
                if at == sha and name.startswith("refs/heads/")
            ),
            None,
        )
    now = world.clock.now()
    suite = CheckSuite(world.next_id(), sha, branch, None, now, now)
    repository.check_suites.append(suite)
    return suite, True


def _request_checks(
    world: World, repository: Repository, branch: str, old: str | None, *, new: str, actor: Account
) -> None:
    """GitHub makes a check suite for each push, for each App that may write checks.

    https://docs.github.com/rest/guides/using-the-rest-api-to-interact-with-checks
    """
    installation = world.installation_of(repository)
    if installation is None or installation.permissions.get("checks") != "write":
        return
    suite, is_new = find_suite(world, repository, new, branch)
    if is_new:
        suite.before = old
        fields = {"check_suite": render_check_suite(world, repository, suite)}
        del fields["check_suite"]["repository"]
        world.webhooks.emit("check_suite", "requested", fields, repository=repository, sender=actor)
