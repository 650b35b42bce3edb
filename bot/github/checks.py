"""Check runs on GitHub: one for each name and commit, replaced in place.

GitHub only ever adds annotations to a check run, 50 at a time. So each request also writes, as the
run's `external_id`, what the whole is to be and how far it has come:

    thoth/1 DIGEST SENT       DIGEST of the whole check run, SENT of its annotations are there

After a lost answer the id says where to go on. A run whose annotations are not those of the new one
is replaced by another run of its name, which is the one that GitHub then shows.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, cast
from urllib.parse import quote

import msgspec

from bot.forge import Annotation, CheckRun, CommitSha
from bot.github.answers import AnnotationAnswer, CheckRunAnswer

if TYPE_CHECKING:
    from bot.forge import Conclusion
    from bot.github.repository import RemoteRepository

__all__ = ["list_check_runs", "put_check_run"]

_ANNOTATIONS_A_REQUEST: Final = 50
_MOST_SUMMARY_BYTES: Final = 65_000
"""GitHub takes 65,535 characters (https://docs.github.com/rest/checks/runs)."""
_MOST_TITLE_CHARACTERS: Final = 255
_MOST_MESSAGE_BYTES: Final = 60_000
"""GitHub takes 64 KB as the message of an annotation."""
_MARK: Final = "thoth/1"
_CUT: Final = "\n\n… cut: it is longer than GitHub shows.\n"


async def list_check_runs(
    repository: RemoteRepository, head_sha: CommitSha, *, app_id: int
) -> tuple[CheckRun, ...]:
    """Return the App's completed check runs on a commit, the newest of each name."""
    found = []
    for answer in await _list(repository, head_sha, app_id=app_id):
        if answer.status != "completed":
            continue
        found.append(
            CheckRun(
                name=answer.name,
                head_sha=CommitSha(answer.head_sha),
                conclusion=cast("Conclusion", answer.conclusion or "neutral"),
                title=answer.output.title or "",
                summary=answer.output.summary or "",
                annotations=await _annotations(repository, answer),
            )
        )
    return tuple(sorted(found, key=lambda each: each.name))


async def put_check_run(repository: RemoteRepository, check_run: CheckRun, *, app_id: int) -> None:
    """Make the App's check run of that name on that commit be so."""
    wanted = _within_limits(check_run)
    digest = hashlib.sha256(msgspec.json.encode(wanted)).hexdigest()
    total = len(wanted.annotations)

    progress = await _look(repository, wanted, digest, app_id)
    while not progress.marked or progress.sent < total:
        progress = await _advance(repository, wanted, digest, app_id, before=progress)


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far a check run has come."""

    run_id: int | None
    """None: it is to be created."""
    marked: bool
    """Whether it says what is wanted already."""
    sent: int
    """How many of the wanted annotations it has."""


async def _look(
    repository: RemoteRepository, wanted: CheckRun, digest: str, app_id: int
) -> _Progress:
    for answer in await _list(repository, wanted.head_sha, app_id=app_id, name=wanted.name):
        marked = _mark(answer, digest)
        if marked is not None:
            return _Progress(answer.id, marked=True, sent=marked)
        present = await _annotations(repository, answer)
        if present == wanted.annotations[: len(present)]:
            return _Progress(answer.id, marked=False, sent=len(present))
    return _Progress(None, marked=False, sent=0)


async def _advance(
    repository: RemoteRepository, wanted: CheckRun, digest: str, app_id: int, *, before: _Progress
) -> _Progress:
    """Send the next annotations, and create the run if need be."""
    sent = min(before.sent + _ANNOTATIONS_A_REQUEST, len(wanted.annotations))
    body = _body(wanted, before.sent, sent, external_id=f"{_MARK} {digest} {sent}")
    method, path = "PATCH", f"check-runs/{before.run_id}"
    if before.run_id is None:
        method, path = "POST", "check-runs"
        body["head_sha"] = wanted.head_sha

    async def act() -> _Progress:
        answer = await repository.client.write(
            method, repository.path(path), body, CheckRunAnswer, repeatable=False
        )
        return _Progress(answer.id, marked=True, sent=sent)

    async def look() -> _Progress | None:
        now = await _look(repository, wanted, digest, app_id)
        return now if now != before else None

    return await repository.client.once(act, look)


async def _list(
    repository: RemoteRepository, head_sha: str, *, app_id: int, name: str | None = None
) -> list[CheckRunAnswer]:
    query: dict[str, str | int] = {"app_id": app_id, "filter": "latest"}
    if name is not None:
        query["check_name"] = name
    found = await repository.client.pages(
        repository.path(f"commits/{quote(head_sha)}/check-runs"),
        CheckRunAnswer,
        query=query,
        key="check_runs",
    )
    return [each for each in found if each.app is not None and each.app.id == app_id]


def _mark(answer: CheckRunAnswer, digest: str) -> int | None:
    """Return how many annotations of the run with that digest were sent, None for another run."""
    mark, _, rest = (answer.external_id or "").partition(" ")
    found, _, count = rest.partition(" ")
    matches = mark == _MARK and found == digest and count.isascii() and count.isdigit()
    return int(count) if matches else None


async def _annotations(
    repository: RemoteRepository, answer: CheckRunAnswer
) -> tuple[Annotation, ...]:
    if not answer.output.annotations_count:
        return ()
    found = await repository.client.pages(
        repository.path(f"check-runs/{answer.id}/annotations"), AnnotationAnswer
    )
    return tuple(
        Annotation(
            path=each.path,
            start_line=each.start_line,
            end_line=each.end_line,
            message=each.message or "",
            title=each.title or "",
            level=_level(each.annotation_level),
        )
        for each in found
    )


def _level(text: str | None) -> Literal["notice", "warning", "failure"]:
    return "notice" if text == "notice" else "warning" if text == "warning" else "failure"


def _body(wanted: CheckRun, start: int, end: int, *, external_id: str) -> dict[str, object]:
    output: dict[str, object] = {"title": wanted.title, "summary": wanted.summary}
    if end > start:
        output["annotations"] = [
            {
                "path": each.path,
                "start_line": each.start_line,
                "end_line": each.end_line,
                "annotation_level": each.level,
                "message": each.message,
                **({"title": each.title} if each.title else {}),
            }
            for each in wanted.annotations[start:end]
        ]
    return {
        "name": wanted.name,
        "status": "completed",
        "conclusion": wanted.conclusion,
        "external_id": external_id,
        "output": output,
        "actions": [
            {
                "label": each.label,
                "description": each.description,
                "identifier": each.identifier,
            }
            for each in wanted.actions
        ],
    }


def _within_limits(check_run: CheckRun) -> CheckRun:
    """Return it with every text as long as GitHub takes."""
    return replace(
        check_run,
        title=check_run.title[:_MOST_TITLE_CHARACTERS],
        summary=_cut(check_run.summary, _MOST_SUMMARY_BYTES),
        annotations=tuple(
            replace(
                each,
                message=_cut(each.message, _MOST_MESSAGE_BYTES),
                title=each.title[:_MOST_TITLE_CHARACTERS],
            )
            for each in check_run.annotations
        ),
    )


def _cut(text: str, most_bytes: int) -> str:
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    return encoded[: most_bytes - len(_CUT.encode())].decode(errors="ignore") + _CUT
