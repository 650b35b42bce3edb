"""Locking: `thoth lock` beside `uv pip compile` and `pipenv lock`, cold and offline, in one interleaved run.

    python benchmarks/lock.py [--sets S1,S2] [--rounds 5] [--peers uv,pipenv] [--thoth PATH] [--index-url URL]

Cold: an empty cache before each run. Offline: the cache of a first run, the network not used. Prints
medians of wall and CPU seconds (user + system, children included), and ratios of medians. Asks the
index as often as rounds x sets x tools, cold: keep the rounds low.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

SETS = {
    "S1": ["tensorflow", "flask"],
    "S2": ["flask"],
    "S3": ["jupyter"],
    "S6": ["pandas", "scikit-learn", "matplotlib", "fastapi", "sqlalchemy"],
}
PLATFORM = {"uv": "x86_64-manylinux_2_28", "thoth": "manylinux_2_28_x86_64"}
SCRIPTS = Path(sysconfig.get_path("scripts"))


def timed(command: list[str], *, cwd: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Return wall and CPU seconds of a command, its children included. Exits if it fails."""
    before, started = os.times(), time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=False)
    wall, after = time.perf_counter() - started, os.times()
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr.decode()[-2000:]}")
    cpu = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return wall, cpu


class Tool:
    """One program to compare."""

    def __init__(self, name: str, folder: Path, options: argparse.Namespace) -> None:
        self.name = name
        self.folder = folder
        self.options = options
        self.cache = folder / f"cache-{name}"
        self.environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("PIP_", "UV_", "THOTH_", "PIPENV_", "PYTHONDONTWRITE"))
        }
        self.environment |= {
            "PIP_CONFIG_FILE": os.devnull,
            "PIPENV_CACHE_DIR": str(self.cache),
            "PIP_CACHE_DIR": str(self.cache),
            "THOTH_CACHE_DIR": str(self.cache),
            "WORKON_HOME": str(folder / "venvs"),
            "PIPENV_IGNORE_VIRTUALENVS": "1",
            "PIPENV_NOSPIN": "1",
        }

    def command(self, *, offline: bool) -> list[str]:
        """Return the command line."""
        index = ["--index-url", self.options.index_url] if self.options.index_url else []
        if self.name == "uv":
            return [
                self.options.uv, "pip", "compile", "requirements.in", "--quiet", "--generate-hashes",
                "--no-config", "--python-version", "3.11", "--python-platform", PLATFORM["uv"],
                "--only-binary", ":all:", "--cache-dir", str(self.cache), *index,
                *(["--offline"] if offline else []),
            ]  # fmt: skip
        if self.name == "thoth":
            return [
                self.options.thoth, "lock", "-r", "requirements.in", "--python", "3.11",
                "--platform", PLATFORM["thoth"], "--only-binary", ":all:", *index,
                *(["--offline"] if offline else []),
            ]  # fmt: skip
        return [str(SCRIPTS / "pipenv"), "lock", "--quiet"]

    def clear(self) -> None:
        """Make the next run a cold one."""
        shutil.rmtree(self.cache, ignore_errors=True)


def run_set(name: str, tools: list[str], options: argparse.Namespace) -> None:
    """Measure one set of requirements and print its rows."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "requirements.in").write_text("".join(f"{line}\n" for line in SETS[name]))
        packages = "".join(f'{line} = "*"\n' for line in SETS[name])
        url = options.index_url or "https://pypi.org/simple"
        source = f'[[source]]\nname = "pypi"\nurl = "{url}"\nverify_ssl = true\n'
        (work / "Pipfile").write_text(f"{source}\n[packages]\n{packages}")
        everything = [Tool(tool, work, options) for tool in tools]
        if "pipenv" in tools:  # its virtual environment is made before the clock runs
            environment = next(tool for tool in everything if tool.name == "pipenv").environment
            subprocess.run(
                [SCRIPTS / "pipenv", "--python", sys.executable], cwd=work, env=environment,
                check=True, capture_output=True,
            )  # fmt: skip
        for mode in ("cold", "offline"):
            taken: dict[str, list[tuple[float, float]]] = {tool.name: [] for tool in everything}
            rounds = options.rounds if mode == "offline" else options.cold_rounds
            for _round in range(rounds):
                for tool in everything:
                    if tool.name == "pipenv" and (mode == "offline" or _round >= 1):
                        continue
                    if mode == "cold":
                        tool.clear()
                    command = tool.command(offline=mode == "offline")
                    taken[tool.name].append(timed(command, cwd=work, environment=tool.environment))
            medians = {
                tool: [statistics.median(column) for column in zip(*runs, strict=True)]
                for tool, runs in taken.items()
                if runs
            }
            ours = medians["thoth"]
            for tool, figures in medians.items():
                if tool != "thoth":
                    for what, mine, theirs in zip(("wall", "CPU"), ours, figures, strict=True):
                        print(
                            f"| {name} {mode} {what} s | {mine:.3f} | {tool} {theirs:.3f} "
                            f"| {mine / theirs:.2f} |",
                            flush=True,
                        )


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", default="S1,S2,S3,S6")
    parser.add_argument("--rounds", type=int, default=7, help="offline runs of each tool")
    parser.add_argument("--cold-rounds", type=int, default=3, help="cold runs of each tool")
    parser.add_argument("--peers", default="uv,pipenv")
    parser.add_argument("--thoth", default=str(SCRIPTS / "thoth"))
    parser.add_argument("--uv", default=str(SCRIPTS / "uv"))
    parser.add_argument("--index-url")
    options = parser.parse_args()
    print("| what | ours | peer | ratio |\n|---|---|---|---|")
    for name in options.sets.split(","):
        run_set(name, ["thoth", *filter(None, options.peers.split(","))], options)


if __name__ == "__main__":
    main()
