"""The part of `knowledge.py` about who locks what: loading it, and asking who is affected."""

from __future__ import annotations

import random
import statistics
import time
from typing import TYPE_CHECKING

from advisor_core.knowledge import ManifestRecord, RepositoryRecord, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGES = 5_000
"""Known to the whole fleet; the popular ones are locked by nearly everybody."""

VERSIONS = 60
BATCH = 500
ROUNDS = 7
RECORDED = 5_000
"""Repositories that are recorded as the App does; the rest of a larger fleet are copies of them."""


def make_records(repositories: int, pins: int, seed: int = 1) -> Iterator[ManifestRecord]:
    """Yield a lockfile per repository: package i is chosen with a weight of about 1 / i."""
    random_source = random.Random(seed)
    for number in range(repositories):
        chosen: set[int] = {0}
        while len(chosen) < pins:
            chosen.add(int(PACKAGES ** random_source.random()) - 1)
        yield ManifestRecord(
            RepositoryRecord(
                10_000_000 + number, number % 997, f"owner/name-{number}", is_private=False
            ),
            "Pipfile.lock",
            "default",
            f"{number:040x}",
            1_700_000_000,
            {
                f"package-{each}": f"1.{int(random_source.triangular(0, VERSIONS, VERSIONS))}.0"
                for each in chosen
            },
        )


def load(store: Store, repositories: int, pins: int) -> float:
    """Record that many lockfiles; return the seconds without making them up."""
    records = list(make_records(repositories, pins))
    start = time.perf_counter()
    for first in range(0, len(records), BATCH):
        store.record_manifests(records[first : first + BATCH])
    return time.perf_counter() - start


def multiply(store: Store, recorded: int, repositories: int) -> None:
    """Copy the fleet that was recorded until there are as many repositories: the same shares of packages."""
    names = {
        "repository": "id + {n}, forge_id + {n}, installation_id + {n}, full_name, is_private, seen_at",
        "manifest": "id + {n}, repository_id + {n}, lockfile, environment, commit_sha, seen_at",
        "membership": "package_id, repository_id + {n}, manifest_id + {n}, pin_id",
    }
    for offset in range(recorded, repositories, recorded):
        with store.writing() as writer:
            if not writer.is_sqlite:
                # What is copied from rows that were checked need not be checked again.
                writer.connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for table, columns in names.items():
                key = "repository_id" if table == "membership" else "id"
                writer.connection.exec_driver_sql(
                    f"INSERT INTO {table} SELECT {columns.format(n=offset)} FROM {table} "
                    f"WHERE {key} <= {recorded}"
                )


def medians(work: Callable[[], object]) -> tuple[float, float]:
    """Return the first and the median of the other times, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return times[0], statistics.median(times[1:])


def measure_affected(url: str, repositories: int, pins: int) -> None:
    """Load a fleet and print what the questions cost."""
    with Store.open(url) as store:
        recorded = min(repositories, RECORDED)
        seconds = load(store, recorded, pins)
        multiply(store, recorded, repositories)
        store.compact()
        size = store.info().size_bytes
        print(
            f"\n{url.partition(':')[0]}: {repositories} repositories x {pins} packages, "
            f"{size / 1e6:.0f} MB; {recorded} recorded in {seconds:.1f} s "
            f"({recorded * pins / seconds:.0f} rows/s)"
        )
        print(f"{'question':<44}{'repositories':>13}{'first ms':>10}{'median ms':>11}")
        some = [f"1.{each}.0" for each in range(VERSIONS // 2)]
        for name, package, versions in (
            ("package that everybody locks", "package-0", None),
            ("the same, half of its versions", "package-0", some),
            ("package of rank 50", "package-50", None),
            ("package of rank 3000", "package-3000", None),
        ):

            def ask(package: str = package, versions: list[str] | None = versions) -> object:
                return store.count_affected(package, versions), store.affected(package, versions)

            first, median = medians(ask)
            count = store.count_affected(package, versions).repositories
            print(f"{name + ': count, first 1,000':<44}{count:>13}{first:>10.1f}{median:>11.1f}")
        start = time.perf_counter()
        count = sum(1 for _ in store.all_affected("package-0"))
        print(
            f"{'all of them, streamed':<44}{count:>13}{1000 * (time.perf_counter() - start):>10.0f}"
        )
