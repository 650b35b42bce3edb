"""One resolution as a conversation: run, fetch what is asked for, run again. Performs no I/O.

    session = Session(request, engine=Solver)
    while isinstance(step := session.run(), Needs):
        ... supply_project(...) and supply_metadata(...) for all that `step` lists as needed
    step is now a Stack or an Impasse

The session may build its problem anew (when a pre-release or a yanked release turns out to be needed);
what was supplied is kept, so nothing is asked for twice.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from advisor_core.errors import BudgetExceededError
from advisor_core.model import Skipped, Stack
from advisor_core.releases import CoreMetadata
from advisor_core.resolver.admissions import Admissions
from advisor_core.resolver.candidates import pick_metadata_artifact
from advisor_core.resolver.decode import decode
from advisor_core.resolver.encode import SHARED, Active, Encoding
from advisor_core.resolver.look_ahead import list_likely
from advisor_core.resolver.needs import MetadataNeed, Needs
from advisor_core.resolver.restrictions import Restrictions
from advisor_core.standards import (
    MarkerEnvironment,
    active_requirements,
    specifier_contains,
)
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.releases import ProjectReleases
    from advisor_core.resolver.candidates import Candidates
    from advisor_core.resolver.interface import Solver
    from advisor_core.resolver.request import ResolutionRequest

__all__ = ["Impasse", "MetadataNeed", "Needs", "Session"]

_MAX_REBUILDS = 64
"""How often the problem may be built anew. Each build admits or bans at least one more project, and a
project is banned at most once, so real resolutions need one to three; past it the budget is spent."""


@dataclass(frozen=True, slots=True)
class Impasse:
    """No stack exists: the encoding whose proof says so."""

    encoding: Encoding
    skipped: dict[str, dict[str, str]]


class Session:
    """A resolution under way."""

    def __init__(
        self,
        request: ResolutionRequest,
        *,
        engine: Callable[[], Solver],
        engine_name: str,
        deadline_seconds: float | None = None,
    ) -> None:
        """Raise InputError when a requirement of the manifest cannot be resolved at all."""
        self.request = request
        self.engine_name = engine_name
        self.projects: dict[str, ProjectReleases | None] = {}
        self.metadata: dict[tuple[str, int], CoreMetadata | Skipped] = {}
        self._make_engine = engine
        self._deadline_seconds = deadline_seconds
        self.markers = [MarkerEnvironment(each.markers) for each in request.environments]
        """Of each environment."""
        self._active: dict[tuple[str, int, int, str], list[Active]] = {}
        self.restrictions = Restrictions(request, self.markers)
        """What the manifest says in each environment."""
        self.admissions = Admissions(request)
        """Pre-releases and yanked releases that may be used by now."""
        self._looked_at: dict[str, int] = {}
        self._metadata_needs: dict[tuple[str, int, int], MetadataNeed | None] = {}
        self._encoding: Encoding | None = None
        self._rebuilds = 0

    def supply_project(self, name: str, found: ProjectReleases | Skipped) -> None:
        """Give what the indexes say of a project; `Skipped`: none of them has it."""
        self.projects[name] = None if isinstance(found, Skipped) else found

    def supply_metadata(self, name: str, position: int, found: CoreMetadata | Skipped) -> None:
        """Give the metadata of the release at a position of the project's versions."""
        if (name, position) not in self.metadata:
            self._looked_at[name] = self.looked_at(name) + 1
        self.metadata[name, position] = found

    def looked_at(self, name: str) -> int:
        """Return of how many releases of a package metadata was asked for."""
        return self._looked_at.get(name, 0)

    def run(self, *, look_ahead: bool = False) -> Needs | Stack | Impasse:
        """Go on until something must be fetched, or the answer is known.

        With `look_ahead` the needs also list what is likely next. Raises BudgetExceededError when the
        deadline has passed.
        """
        missing = tuple(
            dict.fromkeys(
                declared.requirement.name
                for declared, _environment in self.restrictions.roots
                if declared.requirement.name not in self.projects
            )
        )
        if missing:
            return Needs(projects=missing)
        while True:
            encoding = self._encoding or self._build()
            outcome = encoding.engine.run(deadline_seconds=self._deadline_seconds)
            if outcome == "need":
                blocking, *likely = encoding.engine.needed()
                needs = self._try_to_expand(encoding, blocking)
                if needs is not None:
                    return list_likely(self, encoding, needs, likely) if look_ahead else needs
            elif outcome == "solved":
                answer = self._accept(encoding)
                if answer is not None:
                    return answer
            elif outcome == "unsatisfiable":
                if not self.admissions.admit_needed(self.projects):
                    return Impasse(encoding, self._skipped())
                self._restart()
            else:
                raise BudgetExceededError(
                    "no stack was found within the time allowed, and none was disproved",
                    hint="allow more time, or narrow the requirements that conflict",
                )

    def unusable(self, name: str) -> int:
        """Return, as an integer bitset over positions, what no environment can use of a project."""
        encoding = self._encoding
        assert encoding is not None  # noqa: S101 - asked after an answer
        ruled_out = -1
        for environment in range(len(self.request.environments)):
            candidates = encoding.candidates(encoding.node(name, None, environment))
            if candidates is None:
                continue
            here = 0
            for found, _reason in candidates.unusable:
                here |= int.from_bytes(found, "little")
            ruled_out &= _to_positions(here, candidates)
        return max(ruled_out, 0)

    def _build(self) -> Encoding:
        self._rebuilds += 1
        if self._rebuilds > _MAX_REBUILDS:
            raise BudgetExceededError(
                "the resolution had to start anew too often because of pre-releases and yanked releases",
                hint="name the pre-releases you want in the manifest",
            )
        encoding = Encoding(
            self.request,
            self.projects,
            admission_of=self.admissions.of,
            restrictions=self.restrictions,
            engine=self._make_engine(),
        )
        for declared, environment in self.restrictions.roots:
            encoding.add_root(declared, environment)
        self._encoding = encoding
        return encoding

    def _restart(self) -> None:
        self._encoding = None

    def _try_to_expand(self, encoding: Encoding, candidate: tuple[int, int]) -> Needs | None:
        """Give the engine what a candidate requires. Return what is missing for that, or None if done."""
        identity, preference = candidate
        node = encoding.nodes[identity]
        candidates = encoding.candidates(identity)
        assert candidates is not None  # noqa: S101 - a node without candidates is never decided
        position = candidates.position(preference)
        if node.environment != SHARED and encoding.exclude_misfit(identity, preference):
            return None
        if encoding.expand_without_metadata(identity, preference):
            return None
        known = self.metadata.get((node.name, position))
        if known is None:
            need = self.metadata_need(candidates.releases, position, node.environment)
            if need is not None:
                return Needs(metadata=(need,))
            known = self.metadata[node.name, position] = Skipped("no file to read metadata from")
        if isinstance(known, Skipped):
            encoding.exclude(
                identity, preference, f"have unknown requirements ({known.reason})", unknown=True
            )
            return None
        refusal, unknown = self.refusal(known, node.environment), False
        try:
            active = self.active_of(node.name, position, node.environment, node.extra or "")
        except ValueError as exc:
            refusal, unknown, active = f"have invalid metadata ({exc})", True, []
        for name, _extras, _specifier, url, _line in active:
            if url is not None:
                refusal = f"require {name} from a direct URL, which is not allowed"
        if refusal is not None:
            encoding.exclude(identity, preference, refusal, unknown=unknown)
            return None
        missing = [name for name, *_rest in active if name not in self.projects]
        if missing:
            return Needs(projects=tuple(dict.fromkeys(missing)))
        if self.admissions.admit_for(
            active,
            projects=self.projects,
            is_met_by_finals=partial(self._usable, environment=node.environment),
        ):
            self._restart()
            return None
        encoding.expand(identity, preference, active)
        return None

    def refusal(self, metadata: CoreMetadata, environment: int) -> str | None:
        """Return why a release is refused although a file of it fits, as a plural predicate.

        Only the metadata of an index that does not say `requires-python` tells it.
        """
        wanted = metadata.requires_python
        if not wanted:
            return None
        python = self.request.environments[environment].markers["python_full_version"]
        try:
            fits = specifier_contains(wanted, python)
        except ValueError:
            return None  # pip ignores an invalid Requires-Python, and so does every installer
        return None if fits else f"need Python {wanted}"

    def metadata_need(
        self, releases: ProjectReleases, position: int, environment: int
    ) -> MetadataNeed | None:
        """Return what to fetch to know what a release requires, None when it has no file to ask."""
        key = (releases.name, position, environment)
        if key not in self._metadata_needs:  # asked for in each round until it is supplied
            artifact = pick_metadata_artifact(
                releases,
                position,
                self.request.environments[environment],
                policy=self.request.policy,
            )
            self._metadata_needs[key] = (
                MetadataNeed(releases, position, artifact) if artifact is not None else None
            )
        return self._metadata_needs[key]

    def active_of(self, name: str, position: int, environment: int, extra: str) -> list[Active]:
        """Return the requirements whose marker holds, of a release whose metadata is known.

        Without those on packages that no index is asked for. Raises ValueError when one of them is none.
        """
        key = (name, position, environment, extra)
        found = self._active.get(key)
        if found is None:
            metadata = self.metadata[name, position]
            assert isinstance(metadata, CoreMetadata)  # noqa: S101 - the caller's condition
            found = active_requirements(metadata.requires_dist, self.markers[environment], extra)
            kept = self.restrictions.kept(environment)
            if kept:
                found = [active for active in found if active[0] not in kept]
            self._active[key] = found
        return found

    def _usable(self, name: str, specifier: str, environment: int) -> bool:
        assert self._encoding is not None  # noqa: S101 - the caller's condition
        node = self._encoding.node(name, None, environment)
        candidates = self._encoding.candidates(node)
        assert candidates is not None  # noqa: S101 - the caller's condition
        allowed = int.from_bytes(candidates.matching(specifier), "little")
        return candidates.first_usable(allowed) is not None

    def _accept(self, encoding: Encoding) -> Stack | None:
        """Return the stack, or None when it uses what nothing in it justifies: then try anew."""
        stack = decode(
            encoding,
            request=self.request,
            restrictions=self.restrictions,
            metadata=self.metadata,
            active_of=self.active_of,
            engine_name=self.engine_name,
        )
        if self.admissions.ban_unjustified(stack):
            self._restart()
            return None
        return replace(stack, skipped=self._skipped())

    def _skipped(self) -> dict[str, dict[str, str]]:
        skipped: dict[str, dict[str, str]] = {}
        for (name, position), found in self.metadata.items():
            releases = self.projects[name]
            if isinstance(found, Skipped) and releases is not None:
                skipped.setdefault(name, {})[releases.versions[position]] = found.reason
        return skipped


def _to_positions(by_preference: int, candidates: Candidates) -> int:
    if candidates.order is None:
        return by_preference
    return sum(1 << candidates.order[i] for i in range(len(candidates)) if by_preference >> i & 1)
