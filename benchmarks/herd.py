"""Print what happens when a release concerns everybody: fairness, lost work, and when it is over.

    python benchmarks/herd.py [--repositories 100000] [--installations 1000] [--workers 10]

On a virtual clock, so it takes minutes and not days; `tests/fakes/herd.py` says what of it is real.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog

from bot.github.pace import WRITES_EACH, WRITES_PER_HOUR
from fakes.herd import Herd, HerdTerms, run_herd


def hours(seconds: float) -> str:
    return f"{seconds / 3600:.2f} h"


def busiest_hour(moments: list[float]) -> int:
    """Return the most writes within any hour."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - 3600:
            first += 1
        most = max(most, last - first + 1)
    return most


def report(herd: Herd, seconds: float) -> None:
    sizes = herd.sizes
    print(
        f"{herd.terms.repositories} repositories of {len(sizes)} installations, {herd.terms.workers} "
        f"workers x {herd.terms.concurrency} jobs, {herd.terms.advice_seconds:.0f} s of advice each; "
        f"simulated in {seconds:.0f} s"
    )
    print(
        f"{'repositories of an installation':<34}{'installations':>14}{'limit alone':>13}"
        f"{'median done':>13}{'last done':>11}"
    )
    for low, high in ((1, 1), (2, 9), (10, 99), (100, 999), (1000, 10**9)):
        mine = [each for each, size in sizes.items() if low <= size <= high]
        if not mine:
            continue
        done = [herd.completion(each) for each in mine]
        alone = max(sizes[each] for each in mine) * WRITES_EACH / WRITES_PER_HOUR * 3600
        name = f"{low}" if low == high else f"{low} to {min(high, max(sizes.values()))}"
        print(
            f"{name:<34}{len(mine):>14}{hours(alone):>13}{hours(statistics.median(done)):>13}"
            f"{hours(max(done)):>11}"
        )
    opened = sorted(each.opened_at or 0 for each in herd.hub.repositories.values())
    print(f"half of all pull requests after {hours(opened[len(opened) // 2])}")
    print(f"all of them, expected completion, after {hours(opened[-1])}")
    delays = herd.security_delays()
    print(
        f"advisory in the middle of it, {len(delays)} repositories: median "
        f"{hours(statistics.median(delays))}, last {hours(delays[-1])} after it"
    )
    missing = sum(
        len(each.pull_requests) != 1 + (each.id in herd.vulnerable)
        for each in herd.hub.repositories.values()
    )
    print(f"lost: {missing + herd.pending}; runs: {dict(sorted(herd.outcomes.items()))}")
    total = sum(herd.hub.kinds.values())
    print(
        f"writes: {total} {dict(sorted(herd.hub.kinds.items()))}, "
        f"{total / herd.terms.repositories:.2f} a repository; most in an hour of one installation: "
        f"{max(busiest_hour(each) for each in herd.hub.writes.values())} of {WRITES_PER_HOUR}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=int, default=100_000)
    parser.add_argument("--installations", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=10)
    parser.add_argument("--advice-seconds", type=float, default=10.0)
    parser.add_argument("--feed-seconds", type=float, default=2.0)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    terms = HerdTerms(
        repositories=options.repositories,
        installations=options.installations,
        workers=options.workers,
        advice_seconds=options.advice_seconds,
        feed_seconds=options.feed_seconds,
        advisory_after_seconds=3600.0,
    )
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        herd = run_herd(terms, Path(folder))
        report(herd, time.perf_counter() - started)


if __name__ == "__main__":
    main()
