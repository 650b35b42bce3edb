"""Advice over projects in memory: an index, a pipeline whose answers are given, and short ways to ask."""

from __future__ import annotations

from dataclasses import dataclass, field

from advisor_core.advising.advise import advise_target
from advisor_core.advising.category import SearchOptions
from advisor_core.advising.settings import AdviceInputs
from advisor_core.environment.declaration import make_environment
from advisor_core.model import Category, Manifest, Skipped, Target
from advisor_core.pipeline.interface import PackageJudgement
from advisor_core.releases import CoreMetadata
from advisor_core.resolver.needs import Fetched, Needs
from fakes.releases import DAY, MemoryReleases, declare

__all__ = ["FakePipeline", "MemoryAccess", "advise", "make_target"]

NOW = 10_000 * DAY
"""Long after the uploads of `fakes.releases`."""


class MemoryAccess:
    """An `IndexAccess` over projects in memory. `asked` has every release whose metadata was asked for."""

    def __init__(self, index) -> None:
        self.projects = {name: MemoryReleases(name, own) for name, own in index.items()}
        self.asked: list[str] = []

    def resolve(self, session):
        while isinstance(step := session.run(), Needs):
            found = self.fetch(step)
            for name, project in found.projects.items():
                session.supply_project(name, project)
            for (name, position), metadata in found.metadata.items():
                session.supply_metadata(name, position, metadata)
        return step

    def fetch(self, needs):
        projects = {
            name: self.projects.get(name) or Skipped("no index has it") for name in needs.projects
        }
        metadata = {}
        for need in needs.metadata:
            name, position = need.releases.name, need.position
            version = need.releases.versions[position]
            release = self.projects[name].releases[position]
            self.asked.append(f"{name}=={version}")
            metadata[name, position] = (
                Skipped(release.unknown)
                if release.unknown
                else CoreMetadata(name, version, release.requires, release.metadata_requires_python)
            )
        return Fetched(projects, metadata)

    def give_up_after(self, seconds):
        self.seconds = seconds

    def refresh(self):
        return False


@dataclass
class FakePipeline:
    """A `Prepared` that says what it was given."""

    given_terms: tuple = ()
    judgements: dict = field(default_factory=dict)
    refuse: object = None
    """Called with a `FinalStack`; returns why it is refused, or None."""
    notes: tuple = ()
    stack_info: tuple = ()
    failures: tuple = ()
    stop: str | None = None

    @property
    def has_strides(self):
        return self.refuse is not None

    def judge_package(self, package):
        return self.judgements.get(package.name, PackageJudgement())

    def terms(self, names):
        known = set(names)
        return [
            term
            for term in self.given_terms
            if all(match.absent or match.name in known for match in term.when)
        ]

    def companions(self, names):
        known = set(names)
        found = set()
        for term in self.given_terms:
            needed = {match.name for match in term.when if not match.absent}
            if (term.score or 0) > 0 and needed & known:
                found |= needed - known
        return frozenset(found)

    def accept(self, stack):
        return self.refuse(stack)

    def annotate(self, _stack):
        return self.notes


def make_target(requirements, *, environments=(), categories=None) -> Target:
    """Return a target with a `requirements.in` of these lines."""
    if categories is None:
        categories = {"default": requirements}
    manifest = Manifest(
        "requirements.in",
        "requirements",
        tuple(
            Category(name, tuple(declare(text, line=n) for n, text in enumerate(lines, 1)))
            for name, lines in categories.items()
        ),
    )
    return Target(
        manifest,
        "requirements.txt",
        environments or (make_environment(python="3.11.7", platform="manylinux_2_28_x86_64"),),
    )


def advise(index, requirements, *, pipeline=None, access=None, previous=None, **settings):
    """Return the outcome of advising over a fake index."""
    options = settings.pop("options", SearchOptions())
    target = settings.pop("target", None) or make_target(requirements)
    return advise_target(
        target,
        access=access or MemoryAccess(index),
        settings=AdviceInputs(
            prepare=lambda _context: pipeline or FakePipeline(),
            now=NOW,
            options=options,
            **settings,
        ),
        previous=previous,
    )
