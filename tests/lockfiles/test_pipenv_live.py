"""The recordings say what pipenv wrote once; these tests run it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from advisor_core.lockfiles.pipfile_lock import render_pipfile_lock
from fakes.pipenv_cases import FOLDER, PipenvCase
from fakes.pipenv_runner import lock_case, run_pipenv, served_case

if TYPE_CHECKING:
    from pathlib import Path


def rendered(case: PipenvCase) -> bytes:
    return render_pipfile_lock(case.manifest, case.stacks(), case.before, revisions=case.revisions)


@pytest.mark.parametrize("name", ["marker-keys", "two-indexes"])
def test_pipenv_locks_today_what_the_writer_writes(name: str, tmp_path: Path) -> None:
    lock, recorded = lock_case(FOLDER / name, tmp_path)
    assert rendered(PipenvCase(name, lock=lock, recorded=recorded)) == lock


def test_pipenv_verifies_the_lock_and_notices_another_pipfile(tmp_path: Path) -> None:
    case = PipenvCase("names")
    with served_case(case.folder, tmp_path) as (project, environment, _):
        (project / "Pipfile.lock").write_bytes(rendered(case))
        assert "is up-to-date" in run_pipenv(project, environment, "verify")
        with (project / "Pipfile").open("a") as pipfile:
            pipfile.write('other = "*"\n')
        with pytest.raises(RuntimeError, match="out-of-date"):
            run_pipenv(project, environment, "verify")


def test_pipenv_installs_the_lock_with_its_hashes(tmp_path: Path) -> None:
    case = PipenvCase("categories")
    with served_case(case.folder, tmp_path) as (project, environment, served):
        live = PipenvCase("categories", recorded={**case.recorded, "served": served})
        (project / "Pipfile.lock").write_bytes(rendered(live))
        run_pipenv(project, environment, "sync", "--categories", "packages docs")
        python = tmp_path / "venv" / "bin" / "python"
        code = "import alpha, beta, shared; print(alpha.__version__, beta.__version__)"
        printed = subprocess.run((python, "-c", code), capture_output=True, text=True, check=True)
    assert printed.stdout == "1.5 2.7\n"


def test_pipenv_refuses_the_lock_when_a_hash_is_of_another_file(tmp_path: Path) -> None:
    case = PipenvCase("star")
    with served_case(case.folder, tmp_path) as (project, environment, served):
        live = PipenvCase("star", recorded={**case.recorded, "served": served})
        digest = live.stacks()["default"].pins["alpha"].artifacts[0].hashes["sha256"]
        (project / "Pipfile.lock").write_bytes(rendered(live).replace(digest.encode(), b"0" * 64))
        with pytest.raises(RuntimeError, match="DO NOT MATCH THE HASHES"):
            run_pipenv(project, environment, "sync")
