"""Projects in memory, for tests of the resolver that need no index."""

from __future__ import annotations

from dataclasses import dataclass, field

from advisor_core.environment.declaration import make_environment
from advisor_core.model import Artifact, DeclaredRequirement, Origin, Skipped, Stack
from advisor_core.releases import CoreMetadata, FileShape
from advisor_core.resolver.request import Policy, ResolutionRequest
from advisor_core.resolver.session import Impasse, Needs, Session
from advisor_core.resolver.solve import solver_class
from advisor_core.standards import VersionList, parse_requirement
from advisor_core.values import replace

__all__ = ["Release", "declare", "make_session", "pins", "resolve", "run_session"]

DAY = 86_400


@dataclass(frozen=True)
class Release:
    """One release of a fake project."""

    requires: tuple[str, ...] = ()
    tags: tuple[str, ...] = ("py3-none-any",)
    """Compressed tag sets of its wheels."""
    sdist: bool = False
    requires_python: str | None = None
    metadata_requires_python: str | None = None
    yanked: bool = False
    day: int | None = 0
    """Day of the upload since the epoch; None: the index does not say."""
    unknown: str | None = None
    """Why its metadata cannot be had."""
    hashes: tuple[str, ...] = ()
    """Hexadecimal sha256 of its files, in their order; all zero where there are none."""


class MemoryReleases:
    """`ProjectReleases` over a mapping of version to release."""

    def __init__(self, name: str, releases: dict[str, Release]) -> None:
        self.name = name
        self.index = "pypi"
        self.seen_at: int | None = None
        self._list = VersionList(list(releases))
        self.versions = self._list.versions
        self.prereleases = self._list.prereleases
        self.releases = [releases[version] for version in self.versions]
        shapes: dict[tuple[FileShape, ...], int] = {}
        self.shape_of = [
            shapes.setdefault(_shapes(release), len(shapes)) for release in self.releases
        ]
        self.shapes = list(shapes)

    def upload_times(self, position: int) -> tuple[int, int] | None:
        day = self.releases[position].day
        return None if day is None else (day * DAY, day * DAY)

    def match(self, specifier: str) -> bytes:
        return self._list.match(specifier)

    def artifacts(self, position: int) -> tuple[Artifact, ...]:
        release = self.releases[position]
        stem = f"{self.name.replace('-', '_')}-{self.versions[position]}"
        names = [f"{stem}-{tags}.whl" for tags in release.tags]
        names += [f"{stem}.tar.gz"] if release.sdist else []
        return tuple(
            Artifact(
                filename,
                f"https://files.example/{filename}",
                {"sha256": release.hashes[number] if release.hashes else "0" * 64},
                requires_python=release.requires_python,
                yanked="broken" if release.yanked else None,
                upload_time=None if release.day is None else release.day * DAY,
            )
            for number, filename in enumerate(names)
        )


def _shapes(release: Release) -> tuple[FileShape, ...]:
    tags = [*release.tags, *([""] if release.sdist else [])]
    return tuple(FileShape(each, release.requires_python, release.yanked) for each in tags)


@dataclass
class World:
    """A session with the projects that answer it, and what was asked of them."""

    session: Session
    projects: dict[str, MemoryReleases]
    asked: list[str] = field(default_factory=list)


def declare(text: str, *, line: int = 1, file: str = "requirements.in") -> DeclaredRequirement:
    """Return a requirement as a manifest would declare it."""
    return DeclaredRequirement(parse_requirement(text), Origin(file, line), text)


def make_session(
    index: dict[str, dict[str, Release]],
    requirements: list[str],
    *,
    constraints: list[str] = (),
    fixed: dict[str, str] | None = None,
    policy: Policy | None = None,
    environments: tuple = (),
    hashes: dict[int, tuple[str, ...]] | None = None,
    engine=None,
) -> World:
    """Return a session over a fake index. `hashes` are demanded by requirements of that number, from 1."""
    request = ResolutionRequest(
        environments=environments
        or (make_environment(python="3.11.7", platform="manylinux_2_28_x86_64"),),
        requirements=tuple(
            replace(declare(text, line=n), hashes=(hashes or {}).get(n, ()))
            for n, text in enumerate(requirements, 1)
        ),
        constraints=tuple(
            declare(text, line=n, file="constraints.txt") for n, text in enumerate(constraints, 1)
        ),
        fixed=fixed or {},
        policy=policy or Policy(),
    )
    session = Session(request, engine=engine or solver_class(), engine_name="test")
    return World(session, {name: MemoryReleases(name, own) for name, own in index.items()})


def run_session(world: World) -> Stack | Impasse:
    """Answer what the session asks for until it is done."""
    while isinstance(step := world.session.run(), Needs):
        assert step.projects or step.metadata
        for name in step.projects:
            world.asked.append(name)
            found = world.projects.get(name)
            world.session.supply_project(name, found or Skipped("no index has it"))
        for need in step.metadata:
            name, position = need.releases.name, need.position
            version = need.releases.versions[position]
            world.asked.append(f"{name}=={version}")
            release = world.projects[name].releases[position]
            world.session.supply_metadata(
                name,
                position,
                Skipped(release.unknown)
                if release.unknown
                else CoreMetadata(
                    name, version, release.requires, release.metadata_requires_python
                ),
            )
    return step


def resolve(index, requirements, **options) -> Stack | Impasse:
    """Resolve over a fake index."""
    return run_session(make_session(index, requirements, **options))


def pins(answer: Stack | Impasse) -> dict[str, str]:
    """Return package to version of an answer that must be a stack."""
    assert isinstance(answer, Stack)
    return {name: pin.version for name, pin in answer.pins.items()}
