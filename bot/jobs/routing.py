"""From an event to the work that it asks for. Pure: the same payload always gives the same.

Events are hints: they come twice, late and out of order, so work names its subject and reads its
state anew. What is not handled is ignored with a reason, never refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import msgspec

from bot.conversation.titles import parse_title
from bot.forge import OWN_PREFIXES
from bot.managers.apply import APPLY
from bot.managers.dashboard import checked_boxes
from bot.managers.loosen import LOOSEN

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["HANDLED", "Routed", "Work", "is_watched", "route"]

Kind = Literal[
    "update",
    "check",
    "recheck",
    "acknowledge",
    "answer",
    "evidence",
    "merge",
    "loosen",
    "apply",
    "label",
    "scan",
]

_CHECK_NAME = "Thoth"

_MOST_LISTED_COMMITS = 2048
"""GitHub lists at most so many commits of a push
(https://docs.github.com/webhooks/webhook-events-and-payloads#push); the rest may touch anything."""

_WATCHED = re.compile(
    r"(?:.*/)?(?:"
    r"Pipfile(?:\.lock)?|pyproject\.toml|pylock(?:\.[^/]+)?\.toml|[^/]*\.in"
    r"|(?:uv|poetry|pdm)\.lock"
    r"|[^/]*requirements[^/]*\.txt|constraints[^/]*\.txt|requirements/[^/]+\.txt|\.python-version"
    r")|\.thoth\.yaml"
)


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to do."""

    kind: Kind
    """`update`: the base branch. `check`: a person's pull request. `recheck`: whatever has that
    commit. `answer`: commands in an issue or a pull request. `acknowledge`: only show that they
    were seen, whatever else is at work. `evidence`: read what CI says. `merge`: look whether Thoth's
    own pull requests are green. `loosen`: propose manifests with which a stack exists. `apply`: commit
    the advised lockfile to a person's pull request. `label`: label a new issue. `scan`: list the
    repositories of an installation."""
    installation_id: int
    repository_id: int | None = None
    full_name: str | None = None
    number: int | None = None
    head_sha: str | None = None
    manual: bool = False
    author: str = ""
    """Who pressed a button, for work that only some may ask for."""
    urgency: int = 0
    """0: somebody waits for it, or just did something. Else it is done as there is room, less being sooner:
    1 a vulnerability, 2 a release that was taken away, 3 a new one."""

    @property
    def key(self) -> str:
        """What makes the subject unique."""
        if self.kind == "scan":
            return f"scan:{self.installation_id}"
        if self.kind in {"check", "answer", "acknowledge", "label"}:
            return f"{self.kind}:{self.repository_id}:{self.number}"
        if self.kind == "apply":
            return f"{self.kind}:{self.repository_id}:{self.number}:{self.author}"
        return f"{self.kind}:{self.repository_id}"

    @property
    def is_urgent(self) -> bool:
        """Whether a person waits for it, so that nothing is gained by waiting for more of it."""
        return self.kind in {"acknowledge", "answer", "apply", "loosen"}

    def as_answer(self, number: int) -> Work:
        """Return the work of answering what people wrote in an issue or a pull request."""
        return replace(self, kind="answer", number=number, head_sha=None)

    def as_acknowledgement(self, number: int) -> Work:
        """Return the work of showing people there that Thoth has seen what they wrote."""
        return replace(self, kind="acknowledge", number=number, head_sha=None)

    def as_update(self) -> Work:
        """Return the same for the base branch."""
        return replace(self, kind="update", head_sha=None)

    def as_check(self, number: int) -> Work:
        """Return the same for a pull request."""
        return replace(self, kind="check", number=number, head_sha=None)


@dataclass(frozen=True, slots=True)
class Routed:
    """What a delivery comes to."""

    work: tuple[Work, ...] = ()
    reason: str = ""
    """Why there is no work."""
    forgotten_installation: int | None = None
    """The App was removed or suspended: nothing of it is worked on any more."""
    forgotten_repositories: tuple[int, ...] = ()
    forgotten_owner: str = ""
    """Whose account the App was removed from: credentials for its repositories go too. Empty after a
    suspension, which may end."""
    forgotten_names: tuple[str, ...] = ()
    """`owner/name` of repositories that were taken from the App or deleted: their credentials go."""
    hidden_repositories: tuple[int, ...] = ()
    """They became private: nobody else may learn from them any more."""


class _Named(msgspec.Struct):
    id: int
    full_name: str = ""


class _Repository(msgspec.Struct):
    id: int
    full_name: str
    default_branch: str = ""


class _Installation(msgspec.Struct):
    id: int
    account: _Account | None = None


class _Commit(msgspec.Struct):
    added: list[str] = []
    modified: list[str] = []
    removed: list[str] = []


class _Head(msgspec.Struct):
    ref: str = ""
    repo: _Named | None = None


class _PullRequest(msgspec.Struct):
    number: int
    state: str = "open"
    head: _Head | None = None


class _CheckRun(msgspec.Struct):
    name: str = ""
    head_sha: str = ""
    pull_requests: list[_PullNumber] = []


class _PullNumber(msgspec.Struct):
    number: int


class _Account(msgspec.Struct):
    type: str = "User"
    login: str = ""


class _RequestedAction(msgspec.Struct):
    identifier: str = ""


class _CheckSuite(msgspec.Struct):
    head_branch: str | None = None


class _Branch(msgspec.Struct):
    name: str = ""


class _Issue(msgspec.Struct):
    number: int
    title: str = ""
    body: str | None = None
    user: _Account | None = None


class _Comment(msgspec.Struct):
    body: str | None = None
    user: _Account | None = None


class _Payload(msgspec.Struct):
    """Of every event, what is looked at. Everything else is passed over while decoding."""

    action: str = ""
    installation: _Installation | None = None
    repository: _Repository | None = None
    repositories: list[_Named] | None = None
    repositories_added: list[_Named] = []
    repositories_removed: list[_Named] = []
    ref: str = ""
    deleted: bool = False
    forced: bool = False
    created: bool = False
    commits: list[_Commit] | None = None
    pull_request: _PullRequest | None = None
    check_run: _CheckRun | None = None
    issue: _Issue | None = None
    comment: _Comment | None = None
    sender: _Account | None = None
    check_suite: _CheckSuite | None = None
    requested_action: _RequestedAction | None = None
    state: str = ""
    branches: list[_Branch] = []


_DECODER = msgspec.json.Decoder(_Payload)

HANDLED = (
    "check_run",
    "check_suite",
    "installation",
    "installation_repositories",
    "issue_comment",
    "issues",
    "pull_request",
    "push",
    "repository",
    "status",
)
"""The events that are acted upon."""

_ADDRESS = re.compile(r"^\s*(?:/thoth|@)", re.IGNORECASE | re.MULTILINE)
"""What a command begins with; the rest is looked at when the thread is read from GitHub."""


def is_watched(path: str) -> bool:
    """Return whether a change of a file can change what Thoth would propose."""
    return _WATCHED.fullmatch(path) is not None


def route(event: str, payload: bytes) -> Routed:
    """Return the work that a delivery asks for, or why there is none."""
    if event not in HANDLED:
        return Routed(reason=f"not an event that Thoth acts on: {event[:60]!r}")
    try:
        decoded = _DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Routed(reason=f"not a payload as GitHub sends it: {str(error)[:200]}")
    if decoded.installation is None:
        return Routed(reason="names no installation")
    if event == "installation":
        return _route_installation(decoded, decoded.installation)
    if event == "installation_repositories":
        return _route_repositories(decoded, decoded.installation.id)
    if decoded.repository is None:
        return Routed(reason="names no repository")
    subject = Work(
        "update", decoded.installation.id, decoded.repository.id, decoded.repository.full_name
    )
    if event == "repository":
        return _route_repository(decoded, subject)
    if event == "push":
        return _route_push(decoded, decoded.repository, subject)
    if event == "pull_request":
        return _route_pull_request(decoded, decoded.repository, subject)
    if event == "check_run":
        return _route_check_run(decoded, subject)
    if event in {"check_suite", "status"}:
        return _route_checks(event, decoded, subject, decoded.repository.default_branch)
    return _route_message(event, decoded, subject)


def _route_installation(payload: _Payload, installation: _Installation) -> Routed:
    installation_id = installation.id
    if payload.action in {"deleted", "suspend"}:
        for_good = payload.action == "deleted"
        owner = installation.account.login if installation.account is not None else ""
        return Routed(
            reason=f"installation {payload.action}",
            forgotten_installation=installation_id,
            forgotten_owner=owner if for_good else "",
            forgotten_names=_names(payload.repositories or ()) if for_good else (),
        )
    if payload.action in {"created", "unsuspend", "new_permissions_accepted"}:
        # The payload's own list is not complete for large installations, so GitHub is asked.
        return Routed((Work("scan", installation_id),))
    return Routed(reason=f"installation: {payload.action[:60]!r}")


def _route_repositories(payload: _Payload, installation_id: int) -> Routed:
    added = tuple(
        Work("update", installation_id, each.id, each.full_name or None)
        for each in payload.repositories_added
    )
    removed = tuple(each.id for each in payload.repositories_removed)
    reason = "" if added else "no repository was added"
    names = _names(payload.repositories_removed)
    return Routed(added, reason, forgotten_repositories=removed, forgotten_names=names)


def _names(repositories: Iterable[_Named]) -> tuple[str, ...]:
    return tuple(each.full_name for each in repositories if each.full_name)


def _route_repository(payload: _Payload, subject: Work) -> Routed:
    """Hide at once what became private; what became public is read anew before it counts as such."""
    identifier = subject.repository_id or 0
    if payload.action == "deleted":
        return Routed(
            reason="it was deleted",
            forgotten_repositories=(identifier,),
            forgotten_names=(subject.full_name,) if subject.full_name else (),
        )
    if payload.action == "privatized":
        return Routed((subject,), hidden_repositories=(identifier,))
    if payload.action == "publicized":
        return Routed((subject,))
    return Routed(reason=f"repository: {payload.action[:60]!r}")


def _route_push(payload: _Payload, repository: _Repository, subject: Work) -> Routed:
    if payload.deleted:
        return Routed(reason="a branch was deleted")
    if payload.ref != f"refs/heads/{repository.default_branch}":
        return Routed(reason="not the default branch")
    commits = payload.commits
    # Without a full list of what changed it has to be taken for something that matters.
    complete = commits and len(commits) < _MOST_LISTED_COMMITS
    if complete and not (payload.forced or payload.created) and commits is not None:
        touched = (path for each in commits for path in each.added + each.modified + each.removed)
        if not any(is_watched(path) for path in touched):
            return Routed(reason="no manifest, lockfile or configuration was touched")
    return Routed((subject,))


def _route_pull_request(payload: _Payload, repository: _Repository, subject: Work) -> Routed:
    pull_request = payload.pull_request
    if pull_request is None:
        return Routed(reason="names no pull request")
    head = pull_request.head
    own = head is not None and head.ref.startswith(OWN_PREFIXES)
    if own and head is not None and head.repo is not None and head.repo.id == repository.id:
        if payload.action in {"closed", "reopened"}:
            # A person closed or reopened a proposal of ours: what follows is decided anew.
            return Routed((subject,))
        return Routed(reason="Thoth's own pull request")
    if payload.action not in {"opened", "reopened", "synchronize", "edited", "ready_for_review"}:
        return Routed(reason=f"pull_request: {payload.action[:60]!r}")
    return Routed((subject.as_check(pull_request.number),))


def _route_check_run(payload: _Payload, subject: Work) -> Routed:
    check_run = payload.check_run
    pressed = payload.requested_action
    if payload.action == "requested_action" and pressed is not None:
        if pressed.identifier == APPLY.identifier:
            return _route_apply(payload, subject)
        if pressed.identifier != LOOSEN.identifier:
            return Routed(reason="check_run: a button that Thoth does not have")
        return Routed((replace(subject, kind="loosen"),))
    if payload.action != "rerequested" or check_run is None:
        return Routed(reason=f"check_run: {payload.action[:60]!r}")
    if not check_run.name.startswith(_CHECK_NAME):
        return Routed(reason="not a check run of Thoth's")
    manual = replace(subject, manual=True)
    if check_run.pull_requests:
        return Routed(tuple(manual.as_check(each.number) for each in check_run.pull_requests))
    return Routed((replace(manual, kind="recheck", head_sha=check_run.head_sha),))


def _route_apply(payload: _Payload, subject: Work) -> Routed:
    """Commit to the pull requests of a check run; GitHub lists none for a fork's, which has no button."""
    author = payload.sender.login if payload.sender is not None else ""
    pulls = payload.check_run.pull_requests if payload.check_run is not None else []
    if not author or not pulls:
        return Routed(reason="check_run: a button of no pull request")
    return Routed(
        tuple(replace(subject, kind="apply", number=each.number, author=author) for each in pulls)
    )


def _route_message(event: str, payload: _Payload, subject: Work) -> Routed:
    """Answer threads in which a person may have written a command.

    Who wrote it, and what it says now, is asked of GitHub: a payload is anybody's word, and late.
    """
    issue = payload.issue
    said = payload.comment if event == "issue_comment" else issue
    if issue is None or said is None:
        return Routed(reason="names no issue")
    if payload.action not in {"created", "opened", "edited", "reopened"}:
        return Routed(reason=f"{event}: {payload.action[:60]!r}")
    if said.user is not None and said.user.type == "Bot":
        boxes = event == "issues" and checked_boxes(issue.body)
        if boxes and payload.sender is not None and payload.sender.type != "Bot":
            return Routed((subject.as_answer(issue.number),))
        return Routed(reason="a program wrote it")
    titled = event == "issues" and parse_title(issue.title) is not None
    if not titled and not _ADDRESS.search(said.body or ""):
        if event == "issues" and payload.action == "opened":
            return Routed((replace(subject, kind="label", number=issue.number),))
        return Routed(reason="holds no command")
    return Routed((subject.as_acknowledgement(issue.number), subject.as_answer(issue.number)))


def _route_checks(event: str, payload: _Payload, subject: Work, default_branch: str) -> Routed:
    """Look at what checks say when some have ended on one of Thoth's branches or the default one."""
    if event == "check_suite":
        if payload.action != "completed" or payload.check_suite is None:
            return Routed(reason=f"check_suite: {payload.action[:60]!r}")
        branches = [payload.check_suite.head_branch or ""]
    else:
        if payload.state == "pending":
            return Routed(reason="status: pending")
        branches = [branch.name for branch in payload.branches]
    evidence = replace(subject, kind="evidence")
    if any(branch.startswith(OWN_PREFIXES) for branch in branches):
        return Routed((evidence, replace(subject, kind="merge")))
    if default_branch in branches:
        return Routed((evidence,))
    return Routed(reason="checks of a branch that is neither Thoth's nor the default one")
