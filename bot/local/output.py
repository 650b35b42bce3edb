"""Shows what a local run came to: as JSON, as plain text, or rendered on a terminal."""

from __future__ import annotations

import html
import json
import re
import shlex
import sys
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, TextIO

from bot.conversation.actions import Close, Nothing, OpenPullRequest, UpdateBranch
from bot.conversation.quoting import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.conversation.actions import Action
    from bot.forge import CheckRun, PullRequest

__all__ = ["LocalResult", "Shown", "write_json", "write_text"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A pull request that stands after the run."""

    pull_request: PullRequest
    files: Mapping[str, bytes]
    """What is on its branch."""


@dataclass(frozen=True, slots=True)
class LocalResult:
    """What stands in the repository after a run, and what the run did."""

    repository: str
    pull_requests: tuple[Shown, ...]
    check_runs: tuple[CheckRun, ...]
    actions: tuple[Action, ...]
    remarks: tuple[str, ...]
    """Plain text: what the person should know besides."""


def result_as_data(result: LocalResult) -> dict[str, object]:
    """Return the JSON object of `thoth-bot local --json`."""
    return {
        "repository": result.repository,
        "pull_requests": [
            {
                "branch": each.pull_request.branch,
                "base": each.pull_request.base,
                "title": each.pull_request.title,
                "body": each.pull_request.body,
                "files": {
                    path: content.decode("utf-8", "replace") for path, content in each.files.items()
                },
            }
            for each in result.pull_requests
        ],
        "check_runs": [_check_as_data(check) for check in result.check_runs],
    }


def _check_as_data(check: CheckRun) -> dict[str, object]:
    """Return a check run as GitHub's REST interface names its parts."""
    return {
        "name": check.name,
        "head_sha": check.head_sha,
        "status": "completed",
        "conclusion": check.conclusion,
        "output": {
            "title": check.title,
            "summary": check.summary,
            "annotations": [
                {
                    **{key: value for key, value in asdict(each).items() if key != "level"},
                    "annotation_level": each.level,
                }
                for each in check.annotations
            ],
        },
    }


def write_json(data: Mapping[str, object], *, stream: TextIO) -> None:
    """Write one JSON object and a line end."""
    stream.write(json.dumps(data, indent=1) + "\n")


def write_text(result: LocalResult, *, stream: TextIO) -> None:
    """Write the result for a person; rendered when the stream is a terminal."""
    done = {
        action.branch: _VERBS[type(action)]
        for action in result.actions
        if isinstance(action, OpenPullRequest | UpdateBranch)
    }
    for shown in result.pull_requests:
        request = shown.pull_request
        verb = done.get(request.branch, "Unchanged")
        _line(stream, f"{verb}: pull request {request.number}: {plain(request.title)}")
        _line(stream, f"  branch {plain(request.branch)}, base {plain(request.base)}\n")
        _markdown(request.body, stream)
        _line(stream, _next_steps(result.repository, request))
    for names, check in _same_text(result.check_runs):
        _line(stream, f"Check run {names}: {check.conclusion}: {plain(check.title)}\n")
        _markdown(check.summary, stream)
        for each in check.annotations:
            _line(stream, f"{plain(each.path)}:{each.start_line}: {plain(each.message)}")
    for action in result.actions:
        if isinstance(action, Close):
            _line(stream, f"Closed: pull request {action.number}: {_readable(action.reason)}")
        elif isinstance(action, Nothing) and not result.pull_requests:
            _line(stream, f"Nothing to do: {plain(action.reason)}.")
        elif isinstance(action, Nothing):
            _line(stream, f"Nothing to do on {plain(action.branch or '')}: {plain(action.reason)}.")


def _same_text(checks: tuple[CheckRun, ...]) -> list[tuple[str, CheckRun]]:
    """Return each different check run with the names of all that say the same."""
    names: dict[CheckRun, list[str]] = {}
    for check in checks:
        names.setdefault(replace(check, name=""), []).append(plain(check.name))
    return [(", ".join(same), check) for check, same in names.items()]


_VERBS = {OpenPullRequest: "Opened", UpdateBranch: "Updated"}


def _next_steps(repository: str, request: PullRequest) -> str:
    where = shlex.join(["git", "-C", repository])
    compared = plain(f"{shlex.quote(request.base)}...{request.branch}")
    return (
        f"\nLook at it:  {plain(where)} diff {compared}\n"
        f"Take it:     {plain(where)} merge {plain(request.branch)}\n"
    )


def _markdown(text: str, stream: TextIO) -> None:
    """Write Markdown: rendered on a terminal, else as its source with the references resolved."""
    if stream.isatty():
        # rich takes 0.1 s to import, and only people at a terminal see what it does.
        from rich.console import Console  # noqa: PLC0415
        from rich.markdown import Markdown  # noqa: PLC0415

        Console(file=stream).print(Markdown(_without_comments(text)))
    else:
        _line(stream, _readable(_without_comments(text)))


def _without_comments(text: str) -> str:
    return re.sub(r"\n*<!--[^>]*-->\n*", "\n", text)


def _readable(markdown: str) -> str:
    """Return Markdown source with character references resolved and zero-width breaks removed."""
    return html.unescape(markdown).replace("\u200b", "")


def _line(stream: TextIO, text: str) -> None:
    """Write a line; what the stream's encoding lacks is spelled out."""
    encoding = getattr(stream, "encoding", None) or sys.getdefaultencoding()
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
