"""What an advice says in Markdown: how good the stack is, why, and what was not chosen. Pure.

Messages come from prescriptions, advisories and indexes: all of it is quoted. Each part has a size of its
own, so that the whole fits into what GitHub takes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.conversation.quoting import code, prose, remark
from bot.conversation.sections import count
from bot.conversation.tables import MAX_NAME, MAX_VERSION, MAX_WHY, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.advice import Advice, Product, ShownJustification

__all__ = ["SHOWN_JUSTIFICATIONS", "advice_sections", "evidence", "quality"]

SHOWN_JUSTIFICATIONS = 10
"""Justifications shown at once; the rest is folded."""

_JUSTIFICATION_BYTES = 4_000
_FOLDED_BYTES = 3_000
_NOT_CHOSEN_BYTES = 5_000
_ALTERNATIVES = 4
_ALTERNATIVES_BYTES = 2_000
_INFO_BYTES = 2_500

_LINK = re.compile(r"https?://(?!(?:www\.)?github\.com/)[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~/?%=&+-]*)?")
"""What may become a link. A link to an issue on GitHub would leave a mention there, so it stays text."""


def quality(advice: Advice) -> str:
    """Return how good the stack is: score, proof, and what it is compared with."""
    best = advice.products[0]
    kind = code(advice.recommendation_type)
    if best.status == "optimal":
        proof = f"proved optimal: no valid stack scores more than {best.upper_bound:,}"
    else:
        gap = best.upper_bound - best.score
        proof = (
            f"{best.status}: no valid stack scores more than {best.upper_bound:,}, a gap of {gap:,}"
        )
    compared = []
    if advice.present is not None:
        score = advice.present.score
        compared.append(
            f"the present lockfile scores {score:,}"
            if score is not None
            else "the present lockfile is no valid stack of the manifest"
        )
    if advice.newest_score is not None:
        compared.append(f"the newest-first stack scores {advice.newest_score:,}")
    against = f" For comparison, {' and '.join(compared)}." if compared else ""
    return (
        f"**Score {best.score:,}, {proof}** (recommendation type {kind}; 0 is the ideal).{against}\n\n"
        f"{_size(advice)}"
    )


def advice_sections(advice: Advice) -> str:
    """Return the reasons, what was not chosen, alternatives and information; perhaps nothing."""
    parts = [
        _reasons(advice.products[0].justifications),
        _not_chosen(advice),
        _alternatives(advice),
        _information(advice),
    ]
    return "\n\n".join(part for part in parts if part)


def _size(advice: Advice) -> str:
    search = advice.search
    known = "no advisories were imported, so vulnerabilities are unknown"
    if advice.advisories_as_of is not None:
        day = datetime.fromtimestamp(advice.advisories_as_of, UTC)
        known = f"advisories as of {day:%Y-%m-%d}"
    return (
        f"{_large(search.combinations)} combinations of {count(search.existing, 'release')} of "
        f"{count(search.packages, 'package')}, settled with {count(search.nodes, 'search node')}; "
        f"{known}. Every requirement holds; nothing was installed or run, so let your tests decide. "
        f"(Engine: {code(search.engine)}.)"
    )


def _large(number: int) -> str:
    return f"{number:,}" if number < 10**9 else f"{number:.2e}".replace("e+", "e")


def _reasons(said: Sequence[ShownJustification]) -> str:
    if not said:
        return ""
    shown, left = _lines(said[:SHOWN_JUSTIFICATIONS], _JUSTIFICATION_BYTES)
    rest = said[len(shown) :]
    text = "### Why\n\n" + "\n".join(shown)
    if rest:
        folded, left = _lines(rest, _FOLDED_BYTES)
        more = f"\n- … and {left} more" if left else ""
        listed = "\n".join(folded)
        text += (
            f"\n\n<details><summary>{count(len(rest), 'more reason')}</summary>\n\n"
            f"{listed}{more}\n\n</details>"
        )
    return text


def _lines(said: Sequence[ShownJustification], limit_bytes: int) -> tuple[list[str], int]:
    lines: list[str] = []
    size = 0
    for each in said:
        line = _line(each)
        size += len(line.encode()) + 1
        if size > limit_bytes:
            break
        lines.append(line)
    return lines, len(said) - len(lines)


def _line(shown: ShownJustification) -> str:
    said = shown.justification
    points = f"**{said.points:+,}** " if said.points else ""
    avoided = "avoided: " if shown.effect == "avoided" else ""
    kind = "" if said.type == "INFO" else f"{said.type.lower()}: "
    source = f" ({prose(said.source, limit=120)})" if said.source else ""
    return f"- {points}{avoided}{kind}{remark(said.message)}{source}{evidence(said.link)}"


def evidence(url: str) -> str:
    """Return a link to follow a statement, with the space before it; nothing without an address."""
    if not url:
        return ""
    if len(url) <= 300 and _LINK.fullmatch(url):
        return f" [evidence]({url})"
    return f" {code(url, limit=200)}"


def _not_chosen(advice: Advice) -> str:
    rows = [
        (
            code(package.name, limit=MAX_NAME),
            code(package.version, limit=MAX_VERSION),
            code(newest.version, limit=MAX_VERSION),
            remark("; ".join(newest.reasons) or "no reason is known", limit=MAX_WHY),
        )
        for package in advice.packages
        if package.not_chosen
        for newest in package.not_chosen[:1]
    ]
    if not rows:
        return ""
    text, left = table(
        ("Package", "Chosen", "Newest", "Why not the newest"), rows, limit_bytes=_NOT_CHOSEN_BYTES
    )
    more = f"\n\n… and {left} more." if left else ""
    return f"### Not at the newest release\n\n{text}{more}"


def _alternatives(advice: Advice) -> str:
    best = advice.products[0]
    others = [*advice.products[1:], *advice.diverse][:_ALTERNATIVES]
    lines = [f"- {each.score - best.score:+,}: {_differences(each)}" for each in others]
    while lines and len("\n".join(lines).encode()) > _ALTERNATIVES_BYTES:
        lines.pop()
    if not lines:
        return ""
    listed = "\n".join(lines)
    return f"<details><summary>Next best stacks</summary>\n\n{listed}\n\n</details>"


def _differences(product: Product) -> str:
    changes = [
        f"{code(name, limit=MAX_NAME)} "
        + ("absent" if here is None else code(here, limit=MAX_VERSION))
        for name, (_first, here) in product.differences.items()
    ]
    shown = ", ".join(changes[:6])
    return shown + (f" and {len(changes) - 6} more" if len(changes) > 6 else "")


def _information(advice: Advice) -> str:
    lines: list[str] = []
    size = 0
    for each in advice.stack_info:
        kind = "" if each.type == "INFO" else f"{each.type.lower()}: "
        line = f"- {kind}{remark(each.message)}{evidence(each.link)}"
        size += len(line.encode()) + 1
        if size > _INFO_BYTES:
            lines.append(f"- … and {len(advice.stack_info) - len(lines)} more")
            break
        lines.append(line)
    return "### To know\n\n" + "\n".join(lines) if lines else ""
