"""Advising: `thoth advise` with its knowledge present, against terms, prescriptions and packages.

    python benchmarks/advise.py --problem S1-500.json.gz [S2-50.json.gz ...] [--rounds 5] [--terms 0,50,500]

`--problem` are problem files whose releases a package index on loopback then offers, a month apart, and whose
pairs become prescriptions. Prints medians of wall and CPU seconds of the whole command, proof included,
with three states of the knowledge: `none` (an empty cache), `known` (what one such advice left) and `all`
(the metadata of every release, and no index asked); then, within one process, the share of the pipeline,
and what prescriptions cost that concern the stack.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
_fakes = ModuleType("fakes")
_fakes.__path__ = [str(Path(__file__).parents[1] / "tests" / "fakes")]
sys.modules.setdefault("fakes", _fakes)

from advisor_core.advising.advise import advise_target  # noqa: E402
from advisor_core.advising.category import SearchOptions  # noqa: E402
from advisor_core.advising.settings import AdviceInputs  # noqa: E402
from advisor_core.environment.declaration import make_environment  # noqa: E402
from advisor_core.index.access import open_access  # noqa: E402
from advisor_core.manifests import MappingFiles, read_manifest  # noqa: E402
from advisor_core.model import IndexSource, Target  # noqa: E402
from advisor_core.pipeline.engine import prepare  # noqa: E402
from advisor_core.pipeline.prescriptions.load import load_prescriptions  # noqa: E402
from advisor_core.resolver.needs import MetadataNeed, Needs  # noqa: E402
from fakes.package_index import PackageIndex  # noqa: E402 - found by the lines above

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.pipeline.interface import Context
    from advisor_core.pipeline.prescriptions.library import Library

PLATFORM = ["--python", "3.11", "--platform", "manylinux_2_28_x86_64"]


def write_terms(pairs: list[dict[str, Any]], folder: Path) -> None:
    """Write pairs as prescriptions; their versions are ranges."""
    lines = ["units:", "  steps:"]
    for number, pair in enumerate(pairs):
        lines += [
            f"  - name: Pair{number}",
            "    type: step.Group",
            "    should_include: {adviser_pipeline: true}",
            "    match:",
            "      group:",
        ]
        for side in ("a", "b"):
            versions = pair[f"{side}_versions"]
            specifier = f">={versions[0]},<={versions[-1]}"
            lines.append(f'      - package_version: {{name: {pair[side]}, version: "{specifier}"}}')
        lines += ["    run:", f"      score: {pair['score'] / 1000}"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pairs.yaml").write_text("\n".join(lines) + "\n" if pairs else "units: {}\n")


def write_relevant(names: list[str], count: int, folder: Path) -> None:
    """Write prescriptions that each give points to releases of one package of the stack."""
    lines = ["units:", "  steps:"]
    for number in range(count):
        name = names[number % len(names)]
        lines += [
            f"  - name: Relevant{number}",
            "    type: step",
            "    should_include: {adviser_pipeline: true}",
            f'    match: {{package_version: {{name: {name}, version: "<{number % 7}.{number % 5}"}}}}',
            f"    run: {{score: -0.0{1 + number % 9}}}",
        ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "relevant.yaml").write_text("\n".join(lines) + "\n" if count else "units: {}\n")


class Bench:
    """An index, a cache that has everything of it, and a project."""

    def __init__(self, document: dict[str, Any], index: PackageIndex, folder: Path) -> None:
        self.document = document
        self.url = index.url
        self.folder = folder
        self.names = [name for name in document["packages"] if "[" not in name]
        newest = datetime.now(UTC).replace(hour=0, minute=0, second=0) - timedelta(days=60)
        for name in self.names:
            releases = document["packages"][name]
            for age, version in zip(reversed(range(len(releases))), releases, strict=True):
                index.add(
                    name,
                    version,
                    requires=releases[version]["requires"],
                    upload_time=newest - timedelta(days=30 * age),
                )
        (folder / "requirements.in").write_text("\n".join(document["roots"]) + "\n")
        os.environ["THOTH_CACHE_DIR"] = str(folder / "cache")
        os.environ["XDG_DATA_HOME"] = str(folder / "data")
        self.sources = (IndexSource("pypi", self.url),)
        self._fill()

    def _fill(self) -> None:
        with open_access(self.sources, pins={}, offline=False) as access:
            projects = access.fetch(Needs(projects=tuple(self.names))).projects
            needs = tuple(
                MetadataNeed(project, place, project.artifacts(place)[0])
                for project in projects.values()
                for place in range(len(project.versions))
            )
            access.fetch(Needs(metadata=needs))

    def command(self, prescriptions: Path, state: str) -> tuple[float, float, dict[str, Any]]:
        """Return wall and CPU seconds of `thoth advise` with a state of the knowledge, and its answer."""
        words = ["advise", *PLATFORM, "--index-url", self.url, "--json"]
        environment = {**os.environ, "THOTH_CACHE_DIR": str(self.folder / f"cache-{state}")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed programs have their byte code
        if state == "all":
            words.append("--offline")
            environment["THOTH_CACHE_DIR"] = str(self.folder / "cache")
        elif state == "none":
            shutil.rmtree(environment["THOTH_CACHE_DIR"], ignore_errors=True)
        before, started = os.times(), time.perf_counter()
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "advisor_core.cli",
                *words,
                "--prescription",
                str(prescriptions),
            ],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            check=False,
        )
        wall, after = time.perf_counter() - started, os.times()
        if done.returncode:
            sys.exit(done.stderr.decode())
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        return wall, cpu, json.loads(done.stdout)

    def inside(self, library: Library) -> tuple[float, float]:
        """Return CPU seconds of advising in this process, and of the pipeline in it."""
        files = MappingFiles(
            {"requirements.in": (self.folder / "requirements.in").read_bytes()},
        )
        environment = make_environment(python="3.11", platform="manylinux_2_28_x86_64")
        target = Target(read_manifest(files, "requirements.in"), "requirements.txt", (environment,))
        spent = [0.0]
        with open_access(self.sources, pins={}, offline=True) as access:
            inputs = AdviceInputs(
                prepare=partial(_Timed, library, spent),
                now=int(time.time()),
                options=SearchOptions(count=1),
            )
            started = time.process_time()
            advise_target(target, access=access, settings=inputs)
            return time.process_time() - started, spent[0]


class _Timed:
    """A prepared pipeline that adds up the time spent in it."""

    def __init__(self, library: Library, spent: list[float], context: Context) -> None:
        self._spent = spent
        self._pipeline = self._measure(prepare, context, prescriptions=library)

    def __getattr__(self, name: str) -> object:
        found = getattr(self._pipeline, name)
        return partial(self._measure, found) if callable(found) else found

    def _measure(
        self, function: Callable[..., object], *arguments: object, **keywords: object
    ) -> object:
        started = time.process_time()
        try:
            return function(*arguments, **keywords)
        finally:
            self._spent[0] += time.process_time() - started


def median(values: list[float]) -> str:
    return f"{statistics.median(values):7.3f}"


def run(path: Path, options: argparse.Namespace) -> None:
    document = json.loads(gzip.decompress(path.read_bytes()))
    pairs = document["pairs"]
    packages = [name for name in document["packages"] if "[" not in name]
    releases = sum(len(document["packages"][name]) for name in packages)
    print(f"{path.name}: {len(packages)} packages, {releases} releases, {len(pairs)} pairs\n")
    with tempfile.TemporaryDirectory() as temporary, PackageIndex() as index:
        bench = Bench(document, index, Path(temporary))
        sizes = sorted({min(int(size), len(pairs)) for size in options.terms.split(",")})
        folders = {size: Path(temporary) / f"terms-{size}" for size in sizes}
        for size, folder in folders.items():
            write_terms(pairs[:size], folder)
        cases = [(size, state) for size in sizes for state in ("none", "known", "all")]
        measured: dict[tuple[int, str], list[tuple[float, float]]] = {case: [] for case in cases}
        answers = {}
        for _round in range(options.rounds + 1):  # interleaved; the first is for the caches
            for size, state in cases:
                wall, cpu, answers[size] = bench.command(folders[size], state)
                measured[size, state].append((wall, cpu))
        print("terms | knowledge | wall s  | CPU s   | status | score | releases read | nodes")
        for size, state in cases:
            answer = answers[size]
            product, search = answer["products"][0], answer["search"]
            walls, cpus = zip(*measured[size, state][1:], strict=True)
            print(
                f"{size:5} | {state:9} | {median(list(walls))} | {median(list(cpus))} | "
                f"{product['status']} | {product['score']} | "
                f"{search['releases_loaded']}/{search['releases']} | {search['nodes']}"
            )
        print("\nin one process, CPU s | all | pipeline | share")
        for size in sizes:
            library = load_prescriptions([folders[size]], own=True)
            rounds = [bench.inside(library) for _round in range(options.rounds)]
            whole = statistics.median(each for each, _ in rounds)
            own = statistics.median(each for _, each in rounds)
            print(f"{size:5} terms | {whole:.3f} | {own:.3f} | {own / whole:.0%}")
        costs = {}
        for count in (0, options.relevant):
            folder = Path(temporary) / f"relevant-{count}"
            write_relevant(list(answers[sizes[0]]["packages"]), count, folder)
            library = load_prescriptions([folder], own=True)
            bench.inside(library)
            rounds = [bench.inside(library) for _round in range(options.rounds)]
            costs[count] = tuple(statistics.median(column) for column in zip(*rounds, strict=True))
        whole, own = (
            1000 * (more - less)
            for more, less in zip(costs[options.relevant], costs[0], strict=True)
        )
        print(
            f"\n{options.relevant} prescriptions of packages of the stack: {own:.0f} ms more in the "
            f"pipeline; {whole:.0f} ms more in all, as they change what is best and so what is read"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", required=True, nargs="+", metavar="FILE")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--terms", default="0,50,500")
    parser.add_argument("--relevant", type=int, default=1000)
    options = parser.parse_args()
    for path in options.problem:
        run(Path(path), options)
        print()


if __name__ == "__main__":
    main()
