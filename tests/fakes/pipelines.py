"""Contexts, candidates and stacks to try units and prescriptions on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.config.model import RuntimeEnvironment
from advisor_core.environment.declaration import EnvironmentDeclaration, Sourced, make_environment
from advisor_core.environment.operating_systems import OperatingSystem
from advisor_core.model import Category, Manifest, Origin
from advisor_core.pipeline.engine import Pipeline, prepare
from advisor_core.pipeline.interface import Context, FinalStack, PackageCandidates, ReleaseFacts
from advisor_core.pipeline.prescriptions.library import MemoryLibrary
from advisor_core.pipeline.prescriptions.reader import read_prescriptions
from fakes.releases import declare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.model import Environment

PYPI = "https://pypi.org/simple"


def make_manifest(*requirements: str, constraints: Sequence[str] = ()) -> Manifest:
    """Return a manifest with one category."""
    category = Category(
        "default",
        tuple(declare(text, line=line) for line, text in enumerate(requirements, 1)),
        tuple(
            declare(text, line=line, file="constraints.txt")
            for line, text in enumerate(constraints, 1)
        ),
    )
    return Manifest("requirements.in", "requirements", (category,))


def make_context(
    *, python: str = "3.12", platform: str = "linux_x86_64", system: str = "", **facts: object
) -> Context:
    """Return the context of one environment.

    `system` is `ubi 8`. Keywords are the context's own, what it lacks describes the environment.
    """
    name, _, version = system.partition(" ")
    operating_system = OperatingSystem(name, version or None) if name else None
    declared = {key: facts.pop(key) for key in list(facts) if key not in Context.__slots__}
    declaration = EnvironmentDeclaration(
        "default",
        Sourced(python, "a test"),
        Sourced(platform, "a test"),
        operating_system,
        declared=RuntimeEnvironment("default", Origin(".thoth.yaml", 1), **declared),
    )
    environment: Environment = make_environment(declaration)
    settings = {"recommendation_type": "stable", "now": 1_700_000_000, **facts}
    return Context(environments=(environment,), declarations=(declaration,), **settings)


def make_candidates(
    name: str, *versions: str | ReleaseFacts, index_url: str = PYPI, **facts: object
) -> PackageCandidates:
    """Return candidates, newest first as given."""
    releases = [
        version if isinstance(version, ReleaseFacts) else ReleaseFacts(version, position)
        for position, version in enumerate(versions)
    ]
    return PackageCandidates(name, index_url, releases, **facts)


def make_stack(score: int = 0, **versions: str) -> FinalStack:
    """Return a stack of packages from PyPI; `_` in a name stands for `-`."""
    pins = {name.replace("_", "-"): version for name, version in sorted(versions.items())}
    return FinalStack(pins, dict.fromkeys(pins, PYPI), score)


def read_library(text: str, **built_in: object) -> MemoryLibrary:
    """Return the prescriptions of one file, which must have no fault."""
    file = read_prescriptions(text.encode(), "test.yaml")
    assert not file.faults, "\n".join(map(str, file.faults))
    return MemoryLibrary([file], **built_in)


def prepare_with(text: str, context: Context | None = None, **options: object) -> Pipeline:
    """Return the pipeline of a run with the prescriptions of one file."""
    library = read_library(text)
    options.setdefault("known", {})  # prescriptions alone
    return prepare(context or make_context(), prescriptions=library, **options)


def find_faults(text: str) -> list[str]:
    """Return the faults of a file, as they are printed."""
    return [str(fault) for fault in read_prescriptions(text.encode(), "test.yaml").faults]
