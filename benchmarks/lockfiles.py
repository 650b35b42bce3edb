"""Lockfiles of large projects: time and memory of `thoth lock` beside `uv pip compile`, interleaved.

    python benchmarks/lockfiles.py [--rounds 5] [--lines 300] [--projects 50] [--uv PATH] [--thoth PATH]

Two projects on a generated index on loopback: a pip-tools project of so many lines, and a monorepo of so
many projects that share packages, each locked by itself and, with `thoth lock --all`, all in one process.
Both have a lock already, and a warm cache; both tools write hashes, and their pins are compared. Prints
medians of wall and CPU seconds (children included), the largest memory of a process, and ratios of medians.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes.package_index import PackageIndex

SCRIPTS = Path(sysconfig.get_path("scripts"))
ALL = "thoth --all"
PLATFORM = {"uv": "x86_64-manylinux_2_28", "thoth": "manylinux_2_28_x86_64"}


def fill(index: PackageIndex, packages: int) -> None:
    """Serve packages that require up to four of those before them, in three to six versions."""
    chance = random.Random(1)
    for number in range(packages):
        below = [f"package-{each}" for each in chance.sample(range(number), min(4, number))]
        for version in range(chance.randint(3, 6)):
            requires = [f"{name}>=1.0" for name in below[: chance.randint(0, 4)]]
            index.add(f"package-{number}", f"1.{version}", requires=requires, sdist="static")


_MEASURE = """
import json, os, sys, time
started = time.perf_counter()
child = os.fork()
if not child:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execv(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - started
print(json.dumps([status, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
"""
"""Run in a small process of its own: the memory of a child counts from that of what forked it."""


def run(
    command: list[str], folder: Path, environment: dict[str, str]
) -> tuple[float, float, float]:
    """Return wall seconds, CPU seconds and megabytes of a command. Exits if it fails."""
    measured = subprocess.run(
        [sys.executable, "-SE", "-c", _MEASURE, *command],
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    status, wall, cpu, memory = json.loads(measured.stdout)
    if status:
        sys.exit(f"{' '.join(command)} failed in {folder}:\n{measured.stderr[-2000:]}")
    return wall, cpu, memory


class Tool:
    """One program to compare."""

    def __init__(self, name: str, program: str, root: Path, url: str) -> None:
        self.name = name
        self.program = program
        self.url = url
        cache = root / f"cache-{name}"
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("UV_", "PIP_"))
        }
        self.environment = kept | {"THOTH_CACHE_DIR": str(cache), "UV_CACHE_DIR": str(cache)}

    def lock(self, folder: Path, manifest: str, lockfile: str) -> tuple[float, float, float]:
        """Lock one project; returns what `run` does."""
        source, target = str(folder / manifest), str(folder / lockfile)
        if self.name == "uv":
            command = [
                self.program, "pip", "compile", source, "-o", target, "--quiet", "--generate-hashes",
                "--no-config", "--python-version", "3.11", "--python-platform", PLATFORM["uv"],
                "--default-index", self.url,
            ]  # fmt: skip
        else:
            command = [
                self.program, "lock", source, "-o", target, "--format", "requirements",
                "--index-url", self.url, "--python", "3.11", "--platform", PLATFORM["thoth"],
            ]  # fmt: skip
        return run(command, folder, self.environment)

    def lock_all(self, folder: Path) -> tuple[float, float, float]:
        """Lock all projects of a folder at once; returns what `run` does."""
        command = [self.program, "lock", str(folder), "--all", "--index-url", self.url]
        return run(command, folder, self.environment)


def pip_tools_project(folder: Path, lines: int) -> list[tuple[Path, str, str]]:
    """Make a project of so many lines; return the files to lock."""
    folder.mkdir()
    chance = random.Random(2)
    names = chance.sample(range(lines * 3), lines)
    text = "".join(f"package-{number}>=1.0  # line {place}\n" for place, number in enumerate(names))
    (folder / "requirements.in").write_text(text)
    return [(folder, "requirements.in", "requirements.txt")]


def monorepo(folder: Path, projects: int, packages: int) -> list[tuple[Path, str, str]]:
    """Make projects that share packages; return the files to lock."""
    chance = random.Random(3)
    found = []
    for number in range(projects):
        inside = folder / f"project-{number}"
        inside.mkdir(parents=True)
        names = chance.sample(range(packages), 15)
        listed = "".join(f"package-{each}>=1.0\n" for each in names)
        (inside / "requirements.in").write_text(listed)
        (inside / "requirements.txt").write_text("# nothing yet\n")
        found.append((inside, "requirements.in", "requirements.txt"))
    (folder / ".thoth.yaml").write_text(
        "runtime_environments: [{name: only, python_version: '3.11', "
        "operating_system: {name: ubi, version: '8'}}]\n"
    )
    return found


def measure(tool: Tool, work: list[tuple[Path, str, str]]) -> tuple[float, float, float]:
    """Return the sums of wall and CPU seconds over the work, and the largest memory."""
    if tool.name == ALL:
        return tool.lock_all(work[0][0].parent)
    found = [tool.lock(*each) for each in work]
    return sum(each[0] for each in found), sum(each[1] for each in found), max(e[2] for e in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--projects", type=int, default=50)
    parser.add_argument("--uv", default=str(SCRIPTS / "uv"))
    parser.add_argument("--thoth", default=str(SCRIPTS / "thoth"))
    options = parser.parse_args()
    packages = options.lines * 3
    print("| what | tool | wall s | CPU s | memory MB |\n|---|---|---|---|---|")
    with PackageIndex() as index, tempfile.TemporaryDirectory() as name:
        fill(index, packages)
        root = Path(name)
        programs = (("thoth", options.thoth), (ALL, options.thoth), ("uv", options.uv))
        every = [Tool(each, program, root, index.url) for each, program in programs]
        for title, make in (
            (f"{options.lines} lines", lambda at: pip_tools_project(at, options.lines)),
            (f"{options.projects} projects", lambda at: monorepo(at, options.projects, packages)),
        ):
            tools = [each for each in every if each.name != ALL or "projects" in title]
            work = {
                tool.name: make(root / f"{title}-{tool.name}".replace(" ", "-")) for tool in tools
            }
            rows: dict[str, list[tuple[float, float, float]]] = {tool.name: [] for tool in tools}
            for tool in tools:  # fills the cache and writes the first lock
                measure(tool, work[tool.name])
            for _ in range(options.rounds):
                for tool in tools:
                    rows[tool.name].append(measure(tool, work[tool.name]))
            medians = {
                each: [statistics.median(row[place] for row in found) for place in range(3)]
                for each, found in rows.items()
            }
            for each, (wall, cpu, memory) in medians.items():
                print(f"| {title} | {each} | {wall:.2f} | {cpu:.2f} | {memory:.0f} |")
            for each in medians.keys() - {"uv"}:
                ratios = [m / u for m, u in zip(medians[each], medians["uv"], strict=True)]
                shown = " | ".join(f"{ratio:.2f}" for ratio in ratios)
                print(f"| {title} | {each} / uv | {shown} |")
            check_equal(work)


def check_equal(work: dict[str, list[tuple[Path, str, str]]]) -> None:
    """Exit unless both tools pinned the same: else the comparison means nothing."""
    pairs = [
        pair for each in work.keys() - {"uv"} for pair in zip(work[each], work["uv"], strict=True)
    ]
    for (mine, _, name), (theirs, _, _) in pairs:
        pins = [
            {
                line.split(" ")[0]
                for line in (folder / name).read_text().splitlines()
                if "==" in line
            }
            for folder in (mine, theirs)
        ]
        if pins[0] != pins[1]:
            sys.exit(f"pinned differently: {mine}: {sorted(pins[0] ^ pins[1])[:5]}")


if __name__ == "__main__":
    main()
