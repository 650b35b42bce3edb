"""Resolving inside a process: from the cache on disk, and with everything in memory.

    python benchmarks/resident.py [--set S1] [--rounds 30] [--cache FOLDER]

Fills the cache over the network when it lacks something. Prints medians of CPU milliseconds. The figure to
compare with is what `uv pip compile --offline -v` spends between reading its first cache entry and its
answer (22 ms for S1 where this was measured first).
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from lock import SETS

from advisor_core.environment.declaration import make_environment
from advisor_core.index.access import DEFAULT_INDEX_URL, cache_folder
from advisor_core.index.cache import Cache
from advisor_core.index.client import IndexClient
from advisor_core.index.drive import OfflineAccess
from advisor_core.index.drive_online import OnlineAccess
from advisor_core.index.offline import OfflineIndex
from advisor_core.model import DeclaredRequirement, IndexSource, Origin, Stack
from advisor_core.resolver.request import Policy, ResolutionRequest
from advisor_core.resolver.session import Session
from advisor_core.resolver.solve import engine_name, solver_class
from advisor_core.standards import parse_requirement

ENVIRONMENT = make_environment(python="3.11", platform="manylinux_2_28_x86_64")


def open_session(names: list[str]) -> Session:
    """Return a new session for Python 3.11 on Linux, wheels only."""
    declared = tuple(
        DeclaredRequirement(parse_requirement(name), Origin("requirements.in", line), name)
        for line, name in enumerate(names, 1)
    )
    policy = Policy(only_binary=frozenset([":all:"]))
    request = ResolutionRequest((ENVIRONMENT,), declared, policy=policy)
    return Session(request, engine=solver_class(), engine_name=engine_name())


def from_memory(session: Session, known: Session) -> Stack:
    """Run a session that has all that another one was given."""
    session.projects.update(known.projects)
    session.metadata.update(known.metadata)
    stack = session.run()
    assert isinstance(stack, Stack)
    return stack


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", default="S1", choices=SETS)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--cache", type=Path, default=cache_folder())
    options = parser.parse_args()
    sources = (IndexSource("pypi", DEFAULT_INDEX_URL),)
    cache = Cache(options.cache)
    with OnlineAccess(lambda: IndexClient(sources, cache, {})) as access:
        access.resolve(open_session(SETS[options.set]))
    known = open_session(SETS[options.set])
    stack = OfflineAccess(OfflineIndex(sources, cache, {})).resolve(known)
    assert isinstance(stack, Stack)
    taken: dict[str, list[float]] = {"cache read and engine": [], "resident": []}
    for _round in range(options.rounds):
        started = time.process_time()
        answer = OfflineAccess(OfflineIndex(sources, cache, {})).resolve(
            open_session(SETS[options.set])
        )
        taken["cache read and engine"].append(time.process_time() - started)
        started = time.process_time()
        again = from_memory(open_session(SETS[options.set]), known)
        taken["resident"].append(time.process_time() - started)
        assert isinstance(answer, Stack)
        assert {name: pin.version for name, pin in answer.pins.items()} == {
            name: pin.version for name, pin in again.pins.items()
        }
    print(f"{options.set}: {len(stack.pins)} packages, engine {engine_name()}")
    for what, seconds in taken.items():
        print(
            f"| {what}, CPU ms | {statistics.median(seconds) * 1000:.1f} | best {min(seconds) * 1000:.1f} |"
        )


if __name__ == "__main__":
    main()
