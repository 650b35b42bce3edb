"""What a pull request says of the releases that it brings: where to read on, and what is worth a look. Pure.

Labels and addresses are whatever the authors of packages wrote: labels are replaced by ours, and only
addresses of a plain form become links, none of them to an issue or a pull request, which would leave a
mention there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.conversation.quoting import code, remark
from bot.conversation.sections import count
from bot.conversation.tables import MAX_NAME, MAX_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.outcome import LockOutcome
    from advisor_core.release_facts import ChangeFacts

__all__ = ["release_links", "supply_chain"]

_LINKS_BYTES = 3_500
_REMARKS_BYTES = 3_500
_MAX_REMARK = 300
_MOST_LINKS = 3

_KINDS = (
    ("Release notes", re.compile(r"change|history|release ?notes|releases|what.?s new|news")),
    ("Source", re.compile(r"source|repositor|code|github|gitlab|git$")),
    ("Documentation", re.compile(r"doc")),
    ("Home page", re.compile(r"home|website|^url$")),
)
"""Ours, and what people call it (https://packaging.python.org/specifications/well-known-project-urls/)."""

_PLAIN = re.compile(
    r"https://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?P<path>(?:/[\w.~%+-]+)*/?)", re.ASCII
)
_ON_FORGE = re.compile(r"/[\w.-]+/[\w.-]+(?:/(?:releases|tags|wiki|blob/.*|tree/.*)?)?", re.ASCII)
"""Of addresses at a forge: a repository and what it holds, no issue, pull request, commit or discussion."""

_FORGES = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")


def release_links(outcome: LockOutcome) -> str:
    """Return where to read about the new releases; empty when nothing is known."""
    lines = []
    for each in outcome.facts:
        links = _chosen(each.links)
        if links:
            listed = ", ".join(f"[{kind}]({url})" for kind, url in links)
            lines.append(f"- {_named(each)}: {listed}")
    return _folded("Read about the releases", lines, _LINKS_BYTES)


def supply_chain(outcome: LockOutcome) -> str:
    """Return what is worth a look before trusting the new releases; empty when there is nothing."""
    lines = [
        f"- {_named(each)}: {remark(text, limit=_MAX_REMARK)}"
        for each in outcome.facts
        for text in each.remarks
    ]
    shown, left = _fitting(lines, _REMARKS_BYTES)
    if not shown:
        return ""
    more = f"\n- … and {left} more" if left else ""
    return (
        "### Worth a look\n\nThe index tells this of the releases; nobody at Thoth has judged it.\n\n"
        + "\n".join(shown)
        + more
    )


def _named(facts: ChangeFacts) -> str:
    new = code(facts.new, limit=MAX_VERSION)
    return f"{code(facts.package, limit=MAX_NAME)} {new}"


def _chosen(links: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for label, url in links:
        word = label.lower()
        kind = next((ours for ours, theirs in _KINDS if theirs.search(word)), None)
        if kind is not None and kind not in found and _may_link(url):
            found[kind] = url
    return [(kind, found[kind]) for kind, _ in _KINDS if kind in found][:_MOST_LINKS]


def _may_link(url: str) -> bool:
    plain = _PLAIN.fullmatch(url)
    if plain is None or len(url) > 200 or ".." in urlsplit(url).path:
        return False
    host = plain["host"].removeprefix("www.")
    if any(host == forge or host.endswith(f".{forge}") for forge in _FORGES):
        return _ON_FORGE.fullmatch(plain["path"]) is not None
    return True


def _folded(title: str, lines: Sequence[str], limit_bytes: int) -> str:
    shown, left = _fitting(lines, limit_bytes)
    if not shown:
        return ""
    more = f"\n- … and {count(left, 'more package')}" if left else ""
    listed = "\n".join(shown)
    return f"<details><summary>{title}</summary>\n\n{listed}{more}\n\n</details>"


def _fitting(lines: Sequence[str], limit_bytes: int) -> tuple[list[str], int]:
    shown: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > limit_bytes:
            break
        shown.append(line)
    return shown, len(lines) - len(shown)
