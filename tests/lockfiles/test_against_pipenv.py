"""From a Pipfile to its lock with our own resolver, byte for byte against what pipenv locked."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

import pytest

from advisor_core.cli.inputs import InputOptions, add_input_options, open_input
from advisor_core.locking import lock_target
from fakes.package_index import PackageIndex
from fakes.pipenv_cases import CASES, PipenvCase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEEDS_A_CLONE = {"vcs", "vcs-extras"}
"""pipenv fetches the repository for its commit and its requirements; that is never done here."""

SKIPPED_WITH_HASHES = {"markers"}
"""pipenv asks the index for the hashes of a package that no environment installs."""


@pytest.fixture
def indexes() -> Iterator[dict[str, PackageIndex]]:
    with PackageIndex() as main, PackageIndex() as second:
        yield {"main": main, "second": second}


def serve(case: PipenvCase, indexes: dict[str, PackageIndex]) -> None:
    for name, releases in case.case["indexes"].items():
        for release in releases:
            indexes[name].add(**release)


def addresses(indexes: dict[str, PackageIndex]) -> dict[str, str]:
    """What stands in the Pipfile of a case for an index, with what replaces it."""
    hosts = {
        f"${{THOTH_{name.upper()}_HOST}}": index.origin.removeprefix("http://")
        for name, index in indexes.items()
    }
    return hosts | {f"${{THOTH_{name.upper()}}}": index.url for name, index in indexes.items()}


@pytest.mark.parametrize("name", sorted(set(CASES) - NEEDS_A_CLONE - SKIPPED_WITH_HASHES))
def test_pipfile_is_locked_as_pipenv_does(
    name: str,
    indexes: dict[str, PackageIndex],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = PipenvCase(name)
    serve(case, indexes)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("THOTH_USER", "user")
    monkeypatch.setenv("THOTH_PASSWORD", "password")
    project = tmp_path / "project"
    for path, text in case.case.get("files", {}).items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    pipfile = (case.folder / "Pipfile").read_text()
    for written, address in addresses(indexes).items():
        pipfile = pipfile.replace(written, address)
    project.mkdir(exist_ok=True)
    (project / "Pipfile").write_text(pipfile)
    words = [str(project), "--platform", "manylinux_2_28_x86_64"]
    if "python_full_version" not in pipfile:
        words += ["--python", case.recorded["environment"]["python_full_version"]]
    if "mirror" in case.case:
        words += ["--index-url", indexes["main"].url]

    parser = argparse.ArgumentParser()
    add_input_options(parser)
    with open_input(InputOptions.from_namespace(parser.parse_args(words))) as opened:
        outcome = lock_target(
            opened.target, access=opened.access, policy=opened.policy, previous=case.before
        )

    lock = (outcome.new_text or b"").decode()
    for written, address in addresses(indexes).items():
        lock = lock.replace(f'"{address}"', f'"{written}"').replace(f"@{address}/", f"@{written}/")
    # The addresses are part of the Pipfile's hash; `test_pipfile_hash` has that.
    digest = case.locked["_meta"]["hash"]["sha256"]
    lock = re.sub(r'("sha256": )"\w+"', rf'\1"{digest}"', lock, count=1)
    assert lock == case.lock.decode()
