"""Prescriptions: loading ninety thousand units, the compiled form, and what relevant ones cost.

    python benchmarks/prescriptions.py [--units 90611] [--rounds 5]

The generated set has the shapes and proportions of the Thoth project's own (its last snapshot, of
2023-05: 65,111 files, wraps 83,041 + 3,978 of release notes, boots 3,502, sieves 50 + 5, steps
20 + 12 + 1, pseudonyms 2), with texts of the same length and none of its content. Each measurement is a
process of its own; memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from advisor_core.environment.declaration import EnvironmentDeclaration, Sourced, make_environment
from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.interface import Context, FinalStack, PackageCandidates, ReleaseFacts
from advisor_core.pipeline.prescriptions.compiled import load_compiled
from advisor_core.pipeline.prescriptions.load import load_prescriptions

PACKAGES = 5_708
WHOLE = 90_611

WRAP = """\
units:
  wraps:
"""
WRAP_UNIT = """\
  - name: {name}
    type: wrap
    should_include:
      adviser_pipeline: true
    match:
      state:
        resolved_dependencies:
        - name: {package}
    run:
      justification:
      - type: INFO
        message: >-
          {message}
        link: https://example.org/{package}/{number}
        package_name: {package}
"""
NOTES = """\
units:
  wraps:
  - name: GHReleaseNotes{number}
    type: wrap.GHReleaseNotes
    should_include:
      adviser_pipeline: true
    match:
      state:
        resolved_dependencies:
        - name: {package}
    run:
      release_notes:
        organization: organization{number}
        repository: {package}
        tag_version_prefix: v
"""
BOOT = """\
units:
  boots:
  - name: Image{number}Boot
    type: boot
    should_include:
      adviser_pipeline: true
      runtime_environments:
        base_images:
        - quay.io/example/s2i-image-{image}:v{number}
    run:
      stack_info:
      - type: WARNING
        message: >-
          The image has {number} known vulnerabilities, of which some are of high severity
        link: https://example.org/image/{number}
"""
GENERAL_BOOT = """\
units:
  boots:
  - name: General{number}Boot
    type: boot
    should_include:
      adviser_pipeline: true
      recommendation_types: {{not: [latest]}}
    match:
    - package_name: {package}
    run:
      log: {{message: something about {package}, type: INFO}}
"""
SIEVE = """\
units:
  sieves:
  - name: Sieve{number}
    type: sieve
    should_include:
      adviser_pipeline: true
      runtime_environments:
        python_version: "<3.9"
    match:
    - package_version:
        name: {package}
        version: ">=1.{number}.0,<2"
        index_url: https://pypi.org/simple
    - package_version:
        name: {package}
        version: "==3.0.{number}"
    run:
      stack_info:
      - type: WARNING
        message: These releases do not run on this Python
        link: https://example.org/sieve/{number}
"""
SKIP = """\
units:
  sieves:
  - name: Skip{number}
    type: sieve.SkipPackage
    should_include: {{adviser_pipeline: true}}
    match: {{package_name: {package}}}
"""
STEP = """\
units:
  steps:
  - name: Step{number}
    type: step
    should_include:
      adviser_pipeline: true
    match:
      package_version:
        name: {package}
        version: "~=1.{number}"
      state:
        resolved_dependencies:
        - name: {other}
          version: ">=2"
    run:
      multi_package_resolution: true
      not_acceptable: these two releases do not work together
      stack_info:
      - type: WARNING
        message: These two releases do not work together
        link: https://example.org/step/{number}
"""
GROUP = """\
units:
  steps:
  - name: Group{number}
    type: step.Group
    should_include:
      adviser_pipeline: true
    match:
      group:
      - package_version: {{name: {package}, version: "==1.{number}"}}
      - package_version: {{name: {other}, version: ">=2"}}
    run:
      score: -0.1
"""
PSEUDONYM = """\
units:
  pseudonyms:
  - name: Pseudonym{number}
    type: pseudonym
    should_include: {{adviser_pipeline: true}}
    match: {{package_version: {{name: {package}}}}}
    run:
      yield:
        yield_matched_version: true
        package_version: {{name: {other}, index_url: https://pypi.org/simple}}
"""
MESSAGE = (
    "This package was looked at by a program that writes down a fact about its project, "
    "such as how many people contribute to it or how large its files are: {number}"
)


def generate(folder: Path, units: int) -> tuple[int, int]:
    """Write about so many units below the folder; return how many units and files."""
    share = units / WHOLE
    counts = {"units": 0, "files": 0}

    def write(name: str, text: str, number: int = 1) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        counts["units"] += number
        counts["files"] += 1

    def times(count: int) -> range:
        return range(max(1, round(count * share)))

    written = 0
    for number in times(57_000):
        size = 1 + number % 2 * (1 if number % 11 else 0)
        package = f"package-{number % PACKAGES}"
        text = WRAP
        for inner in range(size):
            message = MESSAGE.format(number=number)
            text += WRAP_UNIT.format(
                name=f"Fact{number}x{inner}", package=package, message=message, number=number
            )
        written += size
        write(f"{package[:9]}/{package}/fact_{number // PACKAGES}.yaml", text, size)
    for number in times(3_978):
        package = f"package-{number % PACKAGES}"
        write(f"{package[:9]}/{package}/notes.yaml", NOTES.format(number=number, package=package))
    for number in times(3_230):
        write(f"images/{number}.yaml", BOOT.format(number=number, image=number % 40))
    for kind, template, count in (
        ("boots", GENERAL_BOOT, 272), ("sieves", SIEVE, 50), ("skips", SKIP, 5), ("steps", STEP, 21),
        ("groups", GROUP, 12), ("pseudonyms", PSEUDONYM, 2),
    ):  # fmt: skip
        for number in times(count):
            names = {"package": f"package-{number}", "other": f"package-{number + 60}"}
            write(f"{kind}/{number}.yaml", template.format(number=number, **names))
    return counts["units"], counts["files"]


RELEVANT = """\
units:
  steps:
"""


def generate_relevant(folder: Path, units: int, packages: int) -> None:
    """Write steps, groups, sieves and wraps about a stack of so many packages."""
    for start in range(0, units, 50):
        text = RELEVANT
        for number in range(start, min(start + 50, units)):
            first, second = number % packages, (number * 7 + 1) % packages
            head = f"  - name: Unit{number}\n"
            include = "    should_include: {adviser_pipeline: true}\n"
            if number % 4 == 0:
                text += (
                    f"{head}    type: step\n{include}    match: {{package_version: "
                    f'{{name: package-{first}, version: "<1.{number % 40}"}}}}\n'
                    "    run: {score: -0.1, justification: "
                    "[{type: INFO, message: older, link: 'https://example.org/'}]}\n"
                )
            else:
                text += (
                    f"{head}    type: step.Group\n{include}    match: {{group: ["
                    f'{{name: package-{first}, version: ">=1.{number % 40}"}}, '
                    f'{{name: package-{second}, version: "<1.{number % 30 + 5}"}}]}}\n'
                    "    run: {score: 0.1, justification: "
                    "[{type: INFO, message: together, link: 'https://example.org/'}]}\n"
                )
        (folder / f"{start}.yaml").write_text(text)


def measure(task: str, *arguments: str) -> dict[str, float]:
    """Run one task of this file in a process of its own."""
    command = [sys.executable, __file__, "--task", task, *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def report(**facts: float) -> None:
    """Print what a task measured, as JSON."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"megabytes": memory, **facts}))


class Watch:
    """Tells the CPU and wall seconds since it was made."""

    def __init__(self) -> None:
        self.started = time.process_time(), time.perf_counter()

    def read(self) -> tuple[float, float]:
        """Return both."""
        return time.process_time() - self.started[0], time.perf_counter() - self.started[1]


def task_load(folder: str) -> None:

    watch = Watch()
    library = load_prescriptions([Path(folder)], own=False)
    cpu, wall = watch.read()
    report(units=library.count, failures=len(library.failures), cpu=cpu, wall=wall)


def task_compiled(folder: str, cache: str) -> None:

    watch = Watch()
    library = load_compiled([Path(folder)], own=False, cache_folder=Path(cache))
    opened, wall = watch.read()
    some = sum(len(library.units(f"package-{number}")) for number in range(50))
    stack, _ = watch.read()
    units = sum(len(library.units(key)) for key in library.keys)
    every, _ = watch.read()
    report(units=units, some=some, cpu=opened, wall=wall, stack=stack, every=every)


def task_relevant(folder: str, cache: str, packages: str) -> None:

    declaration = EnvironmentDeclaration("e", Sourced("3.12", ""), Sourced("linux_x86_64", ""))
    context = Context((make_environment(declaration),), (declaration,), "stable")
    names = [f"package-{number}" for number in range(int(packages))]
    releases = [ReleaseFacts(f"1.{minor}", 40 - minor) for minor in range(40, -1, -1)]
    candidates = [PackageCandidates(name, "https://pypi.org/simple", releases) for name in names]
    watch = Watch()
    library = load_compiled([Path(folder)], own=False, cache_folder=Path(cache))
    prepared = prepare(context, prescriptions=library)
    parts = sum(len(prepared.judge_package(candidate).parts) for candidate in candidates)
    terms = len(prepared.terms(names))
    stack = FinalStack(dict.fromkeys(names, "1.20"), {}, 0)
    prepared.annotate(stack)
    cpu, wall = watch.read()
    report(cpu=cpu, wall=wall, parts=parts, terms=terms)


TASKS = {"load": task_load, "compiled": task_compiled, "relevant": task_relevant}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=WHOLE)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--packages", type=int, default=50)
    parser.add_argument("--task", choices=TASKS)
    options, rest = parser.parse_known_args()
    if options.task:
        TASKS[options.task](*rest)
        return
    with tempfile.TemporaryDirectory() as name:
        folder, cache = Path(name) / "set", Path(name) / "cache"
        units, files = generate(folder, options.units)
        print(f"generated: {units} units in {files} files")
        print("what | CPU s | wall s | peak MB | target")

        def show(what: str, run: dict[str, float], target: str = "", key: str = "cpu") -> None:
            wall = f"{run['wall']:.2f}" if key == "cpu" else ""
            print(f"{what} | {run[key]:.3f} | {wall} | {run['megabytes']:.0f} | {target}")

        loaded = measure("load", str(folder))
        assert (loaded["units"], loaded["failures"]) == (units, 0), loaded
        show("YAML", loaded, "20 s, 500 MB")
        show("YAML, and writing the compiled form", measure("compiled", str(folder), str(cache)))
        time.sleep(2.1)  # what was touched just now is not trusted
        runs = [measure("compiled", str(folder), str(cache)) for _ in range(options.rounds)]
        run = {key: statistics.median(entry[key] for entry in runs) for key in runs[0]}
        show("compiled form, opened", run, "1 s")
        show("compiled form, and units of 50 packages", run, key="stack")
        show("compiled form, and every unit", run, key="every")
        print("relevant prescriptions | terms | CPU ms | wall ms (medians)")
        cost = {}
        for count in (0, 250, 1_000, 4_000):
            some = Path(name) / f"relevant-{count}"
            some.mkdir()
            generate_relevant(some, count, options.packages)
            arguments = (str(some), str(cache), str(options.packages))
            measure("relevant", *arguments)
            time.sleep(2.1)
            runs = [measure("relevant", *arguments) for _ in range(options.rounds)]
            cost[count] = 1000 * statistics.median(run["cpu"] for run in runs)
            wall = 1000 * statistics.median(run["wall"] for run in runs)
            print(f"{count} | {runs[0]['terms']} | {cost[count]:.1f} | {wall:.1f}")
        print(f"1,000 cost {cost[1_000] - cost[0]:.1f} ms; target 50 ms")


if __name__ == "__main__":
    main()
