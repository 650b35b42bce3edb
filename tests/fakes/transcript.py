"""Everything that people see of a repository on the fake of GitHub, as one text to be reviewed."""

from __future__ import annotations

import re

__all__ = ["transcript"]

_SHA = re.compile(r"\b[0-9a-f]{40}\b")
_COMMENT = re.compile(r"answer:[1-9]\d*")
_DIGEST = re.compile(r'("files":")[0-9a-f]{64}')


def transcript(repository, *, bodies=True) -> str:
    """Return the threads, the oldest first, with what was said there, and the check runs."""
    parts = []
    threads = {each.number: each for each in (*repository.issues, *repository.pull_requests)}
    for _, thread in sorted(threads.items()):
        parts.append(_thread(thread, bodies=bodies))
    for run in repository.check_runs:
        parts.append(_check_run(run))
    text = "\n\n".join(parts) + "\n"
    text = _DIGEST.sub(r"\1…", _SHA.sub("…", text))
    return _COMMENT.sub("answer:…", text)


def _thread(thread, *, bodies: bool) -> str:
    is_pull = hasattr(thread, "head")
    kind = f"pull request from {thread.head}" if is_pull else "issue"
    lines = [f"═══ #{thread.number} {thread.title} ({kind}, {_state(thread)})"]
    if bodies and thread.body:
        lines += ["", thread.body.replace("\r\n", "\n").rstrip()]
    for comment in thread.comments:
        author = "Thoth" if comment.via_app else comment.user.login
        shown = " ".join(reaction.content for reaction in comment.reactions)
        lines += ["", f"─── {author}{f' [{shown}]' if shown else ''}", "", comment.body.rstrip()]
    return "\n".join(lines)


def _state(thread) -> str:
    return "merged" if hasattr(thread, "head") and thread.merged else thread.state


def _check_run(run) -> str:
    lines = [f"═══ check run {run.name}: {run.conclusion}", "", f"**{run.title}**", ""]
    lines.append((run.summary or "").rstrip())
    lines += [
        f"{each['path']}:{each['start_line']}: {each['annotation_level']}: {each['message']}"
        for each in run.annotations
    ]
    lines += [f"[{each['label']}] {each['description']}" for each in run.actions]
    return "\n".join(lines)
