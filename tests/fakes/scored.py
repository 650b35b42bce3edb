"""Packages to score, made of few words."""

from __future__ import annotations

from advisor_core.advisories.interface import Advisory
from advisor_core.pipeline.interface import PackageCandidates, ReleaseFacts
from advisor_core.scoring.interface import Observed, ScoredPackage
from advisor_core.scoring.score import score_releases
from advisor_core.scoring.weights import weight_set

__all__ = ["NOW", "advisory", "make_package", "points", "release"]

DAY = 86_400
NOW = 20_000 * DAY


def release(version, *, days_old=1000, **facts) -> ReleaseFacts:
    """Return a release without a fault; `days_old` None: the index does not say."""
    uploaded = None if days_old is None else NOW - days_old * DAY
    return ReleaseFacts(version, 0, uploaded_at=uploaded, **{"wheel": True, "sdist": True, **facts})


def advisory(identity, severity) -> Advisory:
    """Return an advisory of package `p`."""
    return Advisory(identity, "p", severity=severity)


def make_package(*releases, direct=False, locked=None, kind="stable", **facts) -> ScoredPackage:
    """Return a package of these releases, newest first."""
    candidates = PackageCandidates("p", "", releases, direct, locked)
    days = weight_set(kind).cooldown_days
    return ScoredPackage(candidates, NOW, python="3.11.7", cooldown_days=days, **facts)


def points(package, kind="stable", *, weights=None) -> list[int]:
    """Return the points of each release, all levels together."""
    by_level = score_releases(package, weights or weight_set(kind))
    return [sum(column) for column in zip(*by_level.values(), strict=True)]


def slower(percent) -> Observed:
    """Return a measurement."""
    return Observed(faster_percent=-percent)
