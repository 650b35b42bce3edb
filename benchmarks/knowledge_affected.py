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
    seconds = 0.0
    batch: list[ManifestRecord] = []
    for record in make_records(repositories, pins):
        batch.append(record)
        if len(batch) == BATCH:
            start = time.perf_counter()
            store.record_manifests(batch)
            seconds += time.perf_counter() - start
            batch = []
    if batch:
        store.record_manifests(batch)
    return seconds


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
        seconds = load(store, repositories, pins)
        store.compact()
        size = store.info().size_bytes
        print(
            f"\n{url.partition(':')[0]}: {repositories} repositories x {pins} packages, "
            f"{size / 1e6:.0f} MB, recorded in {seconds:.1f} s ({repositories * pins / seconds:.0f} rows/s)"
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
