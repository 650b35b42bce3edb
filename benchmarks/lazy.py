"""How much metadata the proof of the best stack needs, beside what uv loads to find any stack.

    python benchmarks/lazy.py --cache FOLDER [--record] [--sets S1,S6] [--exclude-newer DATE] [--uv PATH]

With --record the index is asked for what FOLDER lacks, once; without it FOLDER is the recording that is
measured on. Objective L, two levels: first the packages that are asked for, then all others; a release
that is k candidates behind the newest costs 30*log2(1 + k) points, rounded up to an integer.

uv resolves the same requirements with an empty cache; the wheels' metadata files in that cache are
counted. Printed are loaded files, the ratio, and the loaded releases that are not in the answer: what the
bound needed, with the most that a stack with it could have scored when it was asked for.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.environment.declaration import make_environment
from advisor_core.index.access import open_access
from advisor_core.model import DeclaredRequirement, IndexSource, Origin, Skipped
from advisor_core.resolver.lazy import optimize_lazily
from advisor_core.resolver.needs import Needs
from advisor_core.resolver.partial_problem import PartialProblem
from advisor_core.resolver.problem_building import ProblemBuilder, Verdict
from advisor_core.resolver.request import ALL_PACKAGES, Policy, ResolutionRequest
from advisor_core.resolver.session import Session
from advisor_core.resolver.solve import engine_name, solver_class
from advisor_core.standards import parse_requirement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.locking import IndexAccess
    from advisor_core.resolver.lazy import LazyAnswer, Wanted
    from advisor_core.resolver.problem_building import PackageView

SETS = {
    "S1": ["tensorflow", "flask"],
    "S2": ["flask"],
    "S6": ["pandas", "scikit-learn", "matplotlib", "fastapi", "sqlalchemy"],
    "S16": ["tensorflow", "flask", "pandas", "scikit-learn", "matplotlib", "fastapi", "sqlalchemy"],
}
LEVELS = ("direct", "transitive")


class ObjectiveL:
    """Points for being behind the newest candidate; a judge of the problem builder."""

    def judge(self, name: str, view: PackageView) -> Verdict:  # noqa: ARG002 - the protocol's
        """Return -30*log2(1 + k), rounded down, for the candidate k behind the newest."""
        points: dict[str, int] = {}
        for position, version in enumerate(view.releases.versions):
            if view.usable >> position & 1:
                # -ceil(log2(m ** 30)) in integers, m = 1 + k.
                points[version] = -(((len(points) + 1) ** 30 - 1).bit_length())
        return Verdict({LEVELS[0] if view.direct else LEVELS[1]: points})

    def terms(self, names: Sequence[str]) -> tuple[()]:  # noqa: ARG002 - the protocol's
        """Return no terms: objective L scores single releases."""
        return ()

    def companions(self, names: Sequence[str]) -> frozenset[str]:  # noqa: ARG002 - the protocol's
        """Return nothing: no term is rewarded."""
        return frozenset()


class RecordedSource:
    """Tells the problem to the lazy search and loads exactly what it wants."""

    def __init__(self, session: Session, access: IndexAccess) -> None:
        self.builder = ProblemBuilder(session, ObjectiveL(), levels=LEVELS)
        self.access = access
        self.files = 0

    def known(self) -> PartialProblem:
        """Return what is known; lists every package that a loaded release names."""
        while True:
            known = self.builder.build()
            if not self.builder.missing:
                return PartialProblem(known.problem, known.unloaded)
            fetched = self.access.fetch(Needs(projects=tuple(self.builder.missing)))
            for name, found in fetched.projects.items():
                self.builder.session.supply_project(name, found)

    def load(self, wanted: Sequence[Wanted], /) -> None:
        """Read one metadata file for each release wanted."""
        needs = []
        for node, version in wanted:
            name = self.builder.keys[node].name
            if version is None or self.builder.is_loaded(name, version):
                continue
            need = self.builder.metadata_need(name, version)
            if need is None:
                position = self.builder.position(name, version)
                self.builder.session.supply_metadata(name, position, Skipped("no file"))
            elif need not in needs:
                needs.append(need)
        self.files += len(needs)
        fetched = self.access.fetch(Needs(metadata=tuple(needs)))
        for (name, position), found in fetched.metadata.items():
            self.builder.session.supply_metadata(name, position, found)


def open_session(names: list[str], cutoff: int) -> Session:
    """Return a session on Python 3.11, manylinux_2_28 x86_64, wheels only."""
    request = ResolutionRequest(
        environments=(make_environment(python="3.11", platform="manylinux_2_28_x86_64"),),
        requirements=tuple(
            DeclaredRequirement(parse_requirement(name), Origin("requirements.in", line), name)
            for line, name in enumerate(names, start=1)
        ),
        policy=Policy(only_binary=frozenset({ALL_PACKAGES}), exclude_newer=cutoff),
    )
    return Session(request, engine=solver_class(), engine_name=engine_name())


def count_uv(names: list[str], options: argparse.Namespace) -> int:
    """Return how many metadata files uv loads with an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "requirements.in").write_text("".join(f"{name}\n" for name in names))
        keep = {
            key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))
        }
        command = [
            options.uv, "pip", "compile", "requirements.in", "--quiet", "--no-config",
            "--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28",
            "--only-binary", ":all:", "--exclude-newer", options.exclude_newer,
            "--cache-dir", "cache",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=work, env=keep, capture_output=True, check=False)
        if done.returncode:
            sys.exit(f"uv failed:\n{done.stderr.decode()[-2000:]}")
        return sum(1 for _ in work.glob("cache/wheels-*/**/*.msgpack"))


def measure(names: list[str], options: argparse.Namespace) -> tuple[LazyAnswer, RecordedSource]:
    """Return the proved best stack of objective L, and the source that loaded for it."""
    cutoff = int(datetime.fromisoformat(options.exclude_newer).timestamp())
    sources = (IndexSource("pypi", options.index_url),)
    with open_access(sources, pins={}, offline=not options.record) as access:
        source = RecordedSource(open_session(names, cutoff), access)
        found = optimize_lazily(source, budget_seconds=options.budget)
        session = source.builder.session
        if found.answer.status == "unsatisfiable" and session.admissions.admit_needed(
            session.projects
        ):
            # PEP 440: pre-releases are acceptable when nothing else satisfies the requirements.
            before = source.files
            source = RecordedSource(session, access)
            source.files = before
            found = optimize_lazily(source, budget_seconds=options.budget)
    return found, source


def report(name: str, found: LazyAnswer, source: RecordedSource, uv_files: int | None) -> None:
    """Print one row, and what was loaded beside the answer."""
    best = found.answer.stacks[0] if found.answer.stacks else None
    scores = best.scores if best else "-"
    ratio = f"{source.files / uv_files:.2f}" if uv_files else "-"
    print(
        f"{name:4} {found.answer.status:9} {scores!s:14} {found.loaded:6} {found.existing:8}"
        f" {source.files:5} {uv_files or '-':>5} {ratio:>5} {len(found.batches):7}"
        f" {found.answer.nodes:7} {found.answer.seconds:7.1f} s"
    )
    for line in list_beside(found):
        print(f"       {line}")


def list_beside(found: LazyAnswer) -> list[str]:
    """Return the loaded releases that are not in the answer, with why each was asked for."""
    stack = found.answer.stacks[0].nodes if found.answer.stacks else {}
    lines = []
    for batch, promise in zip(found.batches, found.promises, strict=True):
        beside = [
            f"{node} {version}"
            for node, version in batch
            if version is not None and "[" not in node and stack.get(node) != version
        ]
        if beside:
            lines.append(f"{', '.join(beside)}: a stack with it could have scored {promise}")
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cache", required=True, metavar="FOLDER", help="the recording")
    parser.add_argument("--record", action="store_true", help="ask the index for what it lacks")
    parser.add_argument("--sets", default="S1,S6")
    parser.add_argument("--exclude-newer", default="2026-11-01T00:00:00+00:00", metavar="DATE")
    parser.add_argument("--budget", type=float, default=600.0, metavar="SECONDS")
    parser.add_argument("--index-url", default="https://pypi.org/simple")
    parser.add_argument("--uv", metavar="PATH", help="left out: uv is not run")
    options = parser.parse_args()
    os.environ["THOTH_CACHE_DIR"] = options.cache
    print("set  status    score          loaded existing files    uv ratio batches   nodes    time")
    for name in options.sets.split(","):
        found, source = measure(SETS[name], options)
        report(name, found, source, count_uv(SETS[name], options) if options.uv else None)


if __name__ == "__main__":
    main()
