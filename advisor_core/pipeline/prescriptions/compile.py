"""One prescription to what the search understands: masks, points and terms. Pure.

What a unit says of one release becomes a mask or points of that release; what it says of several
together becomes a `MatchTerm`; what only explains is said of finished stacks.

`package_version_from` (what brought the package in) is taken as: those packages are there too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from advisor_core.pipeline.interface import Justification, Match, MatchTerm, StackMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor_core.pipeline.prescriptions.model import Message, Release, Unit, UnitMatch

__all__ = [
    "effect_of",
    "explain_removal",
    "label_of",
    "make_terms",
    "points_of",
    "say_justifications",
    "say_stack_info",
]

Effect = Literal["mask", "points", "stop", "term", "accept", "said"]


def label_of(unit: Unit) -> str:
    """Return the name that reports use: `prescription PillowWithNumpy`."""
    return f"prescription {unit.name}"


def points_of(unit: Unit) -> int:
    """Return the points that `score` is worth: 1000 for 1."""
    return round(1000 * (unit.run.score or 0))


def effect_of(unit: Unit, match: UnitMatch) -> Effect:
    """Return how this entry of `match` takes effect.

    `mask` and `points` on single releases, `stop` of the run when a candidate matches, `term` on
    releases together, `accept` by looking at finished stacks, or nothing but being `said`.
    """
    run = unit.run
    if unit.type in {"sieve.SkipPackage", "step.SkipPackage", "step.AddPackage", "pseudonym"}:
        return "term"
    if unit.type == "sieve":
        return "stop" if run.eager_stop_pipeline else "mask"
    if unit.type.startswith("wrap"):
        return "said"
    refused = bool(run.not_acceptable or run.eager_stop_pipeline)
    if unit.type == "stride":
        if refused and (not match.releases or any(not release.name for release in match.releases)):
            return "accept"
    elif not refused and not points_of(unit):
        return "said"
    elif len(match.releases) == 1 and not match.requirers:
        return "mask" if refused else "points"
    if unit.type == "stride":
        if not refused:
            return "said"
        return "mask" if len(match.releases) == 1 else "term"
    return "term"


def explain_removal(unit: Unit, match: UnitMatch) -> tuple[str, str]:
    """Return why the unit removes what it matches, and a link."""
    run = unit.run
    link = run.stack_info[0].link if run.stack_info else ""
    if run.not_acceptable or run.eager_stop_pipeline:
        return run.not_acceptable or run.eager_stop_pipeline, link
    if run.stack_info:
        return run.stack_info[0].message, link
    release = match.releases[0]
    return f"it takes out `{release.name or 'any package'}{release.specifier}` in {unit.file}", ""


def make_terms(
    unit: Unit, match: UnitMatch, *, any_name: str = "", versions: Sequence[str] | None = None
) -> tuple[MatchTerm, ...]:
    """Return the terms of an entry of `match` whose effect is `term`.

    `any_name` is the package that stands where the entry names none. `versions` are the candidates of
    the first package, which only a pseudonym of the same version asks for.
    """
    run = unit.run
    label = label_of(unit)
    when = tuple(_match(release, any_name) for release in (*match.releases, *match.requirers))
    source = f"{unit.file}:{unit.line}"
    if unit.type == "sieve.SkipPackage":
        return (MatchTerm(when=(), unit=label, skips=match.releases[0].name, source=source),)
    if unit.type == "step.SkipPackage":
        return _skip(unit, match, any_name, source)
    if unit.type == "step.AddPackage":
        added = f"{run.package}=={run.locked_version}"
        return (MatchTerm(when=when, unit=label, requires=(added,), source=source),)
    if unit.type == "pseudonym":
        if not run.yield_matched_version:
            offered = (run.package, run.locked_version)
            return (MatchTerm(when=when, unit=label, stands_for=offered, source=source),)
        return tuple(
            MatchTerm(
                when=(Match(match.releases[0].name, versions=frozenset({version})),),
                unit=label,
                stands_for=(run.package, version),
                source=source,
            )
            for version in versions or ()
        )
    link = _first_link(unit)
    if run.not_acceptable or run.eager_stop_pipeline:
        reason = run.not_acceptable or run.eager_stop_pipeline
        return (MatchTerm(when=when, unit=label, forbid=reason, source=source, link=link),)
    points = points_of(unit)
    return (
        MatchTerm(
            when=when,
            unit=label,
            score=points,
            source=source,
            link=link,
            justifications=tuple(say_justifications(unit, points)),
        ),
    )


def _skip(unit: Unit, match: UnitMatch, any_name: str, source: str) -> tuple[MatchTerm, ...]:
    skipped = match.releases[0].name or any_name
    label = label_of(unit)
    others = tuple(_match(release, any_name) for release in match.releases[1:])
    requirers = tuple(_match(release, any_name) for release in match.requirers)
    if not requirers:
        return (
            MatchTerm(when=others, unit=label, skips=skipped, every_requirer=True, source=source),
        )
    return tuple(
        MatchTerm(
            when=(requirer, *(other for other in requirers if other is not requirer), *others),
            unit=label,
            skips=skipped,
            source=source,
        )
        for requirer in requirers
    )


def _match(release: Release, any_name: str) -> Match:
    return Match(
        release.name or any_name,
        release.specifier,
        index_url=None if release.other_index else release.index_url or None,
        not_index_url=release.index_url if release.other_index else None,
        develop=release.develop,
    )


def _first_link(unit: Unit) -> str:
    messages: Iterable[Message] = (*unit.run.justification, *unit.run.stack_info)
    return next((message.link for message in messages if message.link), "")


def say_justifications(unit: Unit, points: int = 0) -> list[Justification]:
    """Return what `justification` says."""
    return [
        Justification(
            type=message.type,
            message=message.message,
            link=message.link,
            package=message.package,
            version_range=message.version_range,
            advisory=message.advisory,
            source=label_of(unit),
            points=points,
        )
        for message in unit.run.justification
    ]


def say_stack_info(unit: Unit) -> list[StackMessage]:
    """Return what `stack_info` says."""
    return [
        StackMessage(message.type, message.message, message.link, label_of(unit))
        for message in unit.run.stack_info
    ]
