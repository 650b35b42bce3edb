"""Says of a package what the score and the pipeline's units say of its releases. No I/O of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.environment.tags import SetRanks, WheelTags
from advisor_core.pipeline.interface import PackageCandidates, ReleaseFacts
from advisor_core.resolver.problem_building import Verdict
from advisor_core.scoring.failed_pairs import pair_terms
from advisor_core.scoring.interface import ScoredPackage
from advisor_core.scoring.score import explain_release, score_releases
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.advisories.interface import Advisory
    from advisor_core.model import Environment
    from advisor_core.pipeline.interface import (
        Context,
        MatchTerm,
        PackageJudgement,
        Prepared,
        ScorePart,
    )
    from advisor_core.releases import FileShape, ProjectReleases
    from advisor_core.resolver.problem_building import PackageView
    from advisor_core.scoring.interface import Evidence
    from advisor_core.scoring.weights import WeightSet

__all__ = ["JudgedPackage", "PackageJudge"]


@dataclass(frozen=True, slots=True)
class JudgedPackage:
    """What was said of a package, kept to explain it later."""

    scored: ScoredPackage
    judgement: PackageJudgement
    places: Mapping[str, int]
    """Version to its place in `scored.candidates.releases`."""


class PackageJudge:
    """Implements `resolver.problem_building.Judge` for one category of a target."""

    def __init__(
        self,
        context: Context,
        prepared: Prepared,
        weights: WeightSet,
        *,
        evidence: Evidence | None = None,
        index_urls: Mapping[str, str] | None = None,
        fixed: Mapping[str, str] | None = None,
    ) -> None:
        """Judge for a context. `fixed`: packages that another category pins, and scores already."""
        self.packages: dict[str, JudgedPackage] = {}
        self.weights = weights
        self._context = context
        self._prepared = prepared
        self._evidence = evidence
        self._index_urls = index_urls or {}
        self._fixed = fixed or {}
        self._python = max((each.python for each in context.environments), key=_python_key)

    def judge(self, name: str, view: PackageView) -> Verdict:
        """Return points and removals; linear in the releases."""
        candidates = self._describe(name, view)
        scored = ScoredPackage(
            candidates,
            now=self._context.now,
            python=self._python,
            cooldown_days=self.weights.cooldown_days,
            status=getattr(view.releases, "status", "active"),
            observed=(
                self._evidence.observed(
                    name,
                    [each.version for each in candidates.releases],
                    self._context.environments,
                )
                if self._evidence is not None
                else {}
            ),
            prereleases_wanted=view.prereleases_wanted,
        )
        judgement = self._prepared.judge_package(candidates)
        places = {release.version: place for place, release in enumerate(candidates.releases)}
        self.packages[name] = JudgedPackage(scored, judgement, places)
        removed = frozenset(each.version for each in judgement.removals) & places.keys()
        if name in self._fixed:
            return Verdict({}, removed)
        points = score_releases(scored, self.weights)
        for version, parts in judgement.parts.items():
            place = places.get(version)
            if place is not None:
                for part in parts:
                    points[self.weights.level_of(part.level)][place] += part.points
        return Verdict(
            {
                level: {
                    release.version: own[place]
                    for place, release in enumerate(candidates.releases)
                    if own[place]
                }
                for level, own in points.items()
            },
            removed,
        )

    def terms(self, names: Sequence[str]) -> Sequence[MatchTerm]:
        """Return the pipeline's terms, but those that concern pins of another category alone."""
        found = [*self._prepared.terms(names), *self._failed_pairs(names)]
        if not self._fixed:
            return found
        return [
            term
            for term in found
            if term.score is None or not all(match.name in self._fixed for match in term.when)
        ]

    def _failed_pairs(self, names: Sequence[str]) -> Sequence[MatchTerm]:
        if self._evidence is None or not self.weights.weights["observations"]:
            return ()
        pairs = self._evidence.failed_pairs(names, self._context.environments)
        return pair_terms(pairs, self.weights)

    def companions(self, names: Sequence[str]) -> frozenset[str]:
        """Return what else has to be present for rewarded terms that concern one of `names`."""
        return self._prepared.companions(names)

    def explain(self, name: str, version: str) -> tuple[ScorePart, ...]:
        """Return the parts that the points of a release are made of."""
        package = self.packages[name]
        place = package.places.get(version)
        if place is None or name in self._fixed:
            return ()
        return (
            *explain_release(package.scored, place, self.weights),
            *package.judgement.parts.get(version, ()),
        )

    def facts(self, name: str, version: str) -> ReleaseFacts | None:
        """Return what is known of a release that was judged."""
        package = self.packages.get(name)
        place = None if package is None else package.places.get(version)
        if package is None or place is None:
            return None
        return package.scored.candidates.releases[place]

    def _describe(self, name: str, view: PackageView) -> PackageCandidates:
        releases = view.releases
        usable = view.usable
        positions = [
            position for position in range(len(releases.versions)) if usable >> position & 1
        ]
        versions = [releases.versions[position] for position in positions]
        source = self._context.advisories
        advisories: Sequence[Sequence[Advisory]] = (
            source.affecting(name, versions) if source is not None else ()
        )
        shapes = _ShapeFacts(releases, self._context.environments)
        prereleases = int.from_bytes(releases.prereleases, "little")
        facts = []
        for place, position in enumerate(positions):
            times = releases.upload_times(position)
            requires_python, wheel, sdist, yanked = shapes.of(position)
            facts.append(
                ReleaseFacts(
                    versions[place],
                    position,
                    bool(prereleases >> position & 1),
                    _yank_reason(releases, position) if yanked else None,
                    None if times is None else times[0],
                    requires_python,
                    wheel,
                    sdist,
                    tuple(advisories[place]) if advisories else (),
                )
            )
        return PackageCandidates(
            name,
            self._index_urls.get(releases.index, ""),
            facts,
            view.direct,
            self._context.locked.get(name),
            self._context.category != "default",
        )


class _ShapeFacts:
    """What the files of a release tell, computed once for each distinct set of files."""

    def __init__(self, releases: ProjectReleases, environments: Sequence[Environment]) -> None:
        self._releases = releases
        self._ranks = [
            each.tags.ranks if isinstance(each.tags, WheelTags) else SetRanks(each.tags)
            for each in environments
        ]
        self._known: dict[int, tuple[str | None, bool, bool, bool]] = {}

    def of(self, position: int) -> tuple[str | None, bool, bool, bool]:
        """Return requires-python, whether a wheel fits everywhere, whether there is an sdist, yanked."""
        number = self._releases.shape_of[position]
        found = self._known.get(number)
        if found is None:
            found = self._known[number] = self._compute(list(self._releases.shapes[number]))
        return found

    def _compute(self, files: list[FileShape]) -> tuple[str | None, bool, bool, bool]:
        wheel = all(
            any(file.tags and ranks[file.tags] is not None for file in files)
            for ranks in self._ranks
        )
        requires_python = next(
            (file.requires_python for file in files if file.requires_python), None
        )
        sdist = any(not file.tags for file in files)
        return requires_python, wheel, sdist, all(file.yanked for file in files)


def _yank_reason(releases: ProjectReleases, position: int) -> str:
    reasons = (artifact.yanked for artifact in releases.artifacts(position))
    return next((reason for reason in reasons if reason), "")


def _python_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
