"""What reading a package index costs: over the network, and from the cache, beside uv.

    python benchmarks/index.py                         the projects of `tensorflow flask`
    python benchmarks/index.py REQUIREMENT ...         of other requirements
    python benchmarks/index.py --rounds 5 --index-url URL

uv says which projects a resolution needs; then each round reads those projects and the metadata of
one wheel of each, cold and from the cache, and lets uv resolve cold and offline: interleaved, each
in a process of its own. Asks the index for nothing else. uv does more than is measured of ours: it
also searches and prints, which takes it a millisecond or two.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

UV = os.environ.get("UV") or shutil.which("uv") or str(Path(sys.executable).with_name("uv"))

READ = """
import sys, time
mode = sys.argv[1]
if mode == "online":
    import asyncio
    from advisor_core.index import IndexClient
from advisor_core.index import Cache, OfflineIndex
from advisor_core.model import IndexSource
imported = time.perf_counter()
_, url, folder, *pins = sys.argv[1:]
pins = [pin.split("==") for pin in pins]
source = IndexSource("index", url)

def wheel_of(project, version):
    position = project.versions.index(version)
    wheels = [artifact for artifact in project.artifacts(position) if artifact.is_wheel]
    return position, wheels[0]

async def online():
    async with IndexClient([source], Cache(folder), {}) as client:
        async def read(name, version):
            project = await client.project(name)
            await client.metadata(project, *wheel_of(project, version))
        await asyncio.gather(*(read(*pin) for pin in pins))
        return client.state.requests, client.state.bytes_received

def offline():
    index = OfflineIndex([source], Cache(folder), {})
    projects = [index.project(name) for name, _ in pins]
    opened = time.perf_counter()
    wheels = [wheel_of(project, pin[1]) for project, pin in zip(projects, pins)]
    listed = time.perf_counter()
    for project, wheel in zip(projects, wheels):
        index.metadata(project, *wheel)
    return opened - imported, listed - opened, time.perf_counter() - listed

done = asyncio.run(online()) if mode == "online" else offline()
print([time.perf_counter() - imported, *done])
"""


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("requirements", nargs="*", default=["tensorflow", "flask"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--index-url", default="https://pypi.org/simple")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").write_text("\n".join(arguments.requirements))
        pins = _pins(folder, arguments.index_url)
        rounds = [_round(folder, arguments.index_url, pins) for _ in range(arguments.rounds)]
    print(f"{len(pins)} projects, {rounds[0]['requests']:.0f} requests,", end=" ")
    print(f"{rounds[0]['bytes'] / 1e6:.1f} MB received; medians of {len(rounds)} rounds\n")
    print("| what | ours | uv | ratio |\n|---|---|---|---|")
    for what in ("cold wall s", "cold CPU s", "offline wall s", "offline CPU s"):
        ours, peer = (
            statistics.median(r[f"{who} {what}"] for r in rounds) for who in ("our", "uv")
        )
        print(f"| {what} | {ours:.3f} | {peer:.3f} | {ours / peer:.2f} |")
    print("\nof which, inside our offline process, in ms:", end=" ")
    for what in ("open", "list", "metadata"):
        print(f"{what} {1e3 * statistics.median(r[what] for r in rounds):.2f}", end="  ")
    print()


def _round(folder: Path, url: str, pins: list[str]) -> dict[str, float]:
    cold = folder / f"cold-{time.monotonic_ns()}"
    measured: dict[str, float] = {}
    read = [sys.executable, "-c", READ]
    printed = _timed(measured, "our cold", [*read, "online", url, cold, *pins])
    _, measured["requests"], measured["bytes"] = _numbers(printed)
    _timed(measured, "uv cold", _compile(folder, url, cold / "uv"))
    printed = _timed(measured, "our offline", [*read, "offline", url, cold, *pins])
    _, measured["open"], measured["list"], measured["metadata"] = _numbers(printed)
    _timed(measured, "uv offline", [*_compile(folder, url, cold / "uv"), "--offline"])
    return measured


def _timed(measured: dict[str, float], what: str, command: list[str | Path]) -> str:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured[f"{what} wall s"] = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    measured[f"{what} CPU s"] = spent
    return done.stdout


def _numbers(printed: str) -> list[float]:
    return [float(text) for text in printed.strip().strip("[]").split(",")]


def _compile(folder: Path, url: str, cache: Path) -> list[str | Path]:
    command: list[str | Path] = [UV, "pip", "compile", "-q", "--no-config", "--no-header"]
    command += ["--no-annotate", "--python", sys.executable, "--cache-dir", cache]
    return [*command, "--default-index", url, folder / "in"]


def _pins(folder: Path, url: str) -> list[str]:
    command = _compile(folder, url, folder / "first")
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [line.strip() for line in done.stdout.splitlines() if "==" in line]


if __name__ == "__main__":
    main()
