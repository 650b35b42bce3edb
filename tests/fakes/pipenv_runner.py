"""Running the pinned pipenv on a case, in a folder of its own and without any configuration."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROBE = """
import json
from pipenv.patched.pip._vendor.packaging.markers import default_environment
print(json.dumps(default_environment()))
"""


def isolated_environment(folder: Path, **variables: str) -> dict[str, str]:
    """Return an environment in which neither pip nor pipenv sees this machine's configuration."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PIP_", "PIPENV_", "VIRTUAL_ENV", "PYTHON", "THOTH_"))
    }
    return kept | {
        "HOME": str(folder / "home"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIPENV_CACHE_DIR": str(folder / "cache"),
        "PIPENV_NOSPIN": "1",
        "PIPENV_YES": "1",
        "PIPENV_IGNORE_PIPFILE": "0",
        "PIPENV_VERBOSITY": "-1",
        "WORKON_HOME": str(folder / "venvs"),
        "NO_COLOR": "1",
        "GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **variables,
    }


def make_repository(folder: Path, files: dict[str, str], environment: dict[str, str]) -> None:
    """Make a git repository with one commit, tagged v1; its id depends on nothing but the files."""
    write_files(folder, files)
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    for command in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        (*identity, "commit", "-q", "-m", "first"),
        ("tag", "v1"),
    ):
        subprocess.run(("git", *command), cwd=folder, env=environment, check=True)


def write_files(folder: Path, files: dict[str, str]) -> None:
    """Write text files below a folder."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def make_environment(folder: Path) -> Path:
    """Make the virtual environment that pipenv locks for, once for all cases."""
    venv = folder / "venv"
    if not venv.exists():
        subprocess.run((sys.executable, "-m", "venv", "--without-pip", str(venv)), check=True)
    return venv


@contextlib.contextmanager
def served_case(
    case: Path, folder: Path
) -> Iterator[tuple[Path, dict[str, str], dict[str, list[dict[str, object]]]]]:
    """Serve a case's indexes and lay out its project; gives both and what is served."""
    data: dict[str, Any] = json.loads((case / "case.json").read_text())
    project = folder / case.name
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    environment = isolated_environment(folder, VIRTUAL_ENV=str(make_environment(folder)))
    with contextlib.ExitStack() as stack:
        served: dict[str, list[dict[str, object]]] = {}
        for name, releases in data["indexes"].items():
            index = stack.enter_context(PackageIndex())
            served[name] = [
                {
                    "name": release["name"],
                    "version": release["version"],
                    "filename": file.distribution.filename,
                    "sha256": file.distribution.sha256,
                    "requires_python": file.requires_python,
                }
                for release in releases
                for file in index.add(**release)
            ]
            variable = f"THOTH_{name.upper()}"
            environment[variable] = index.url
            environment[f"{variable}_HOST"] = index.origin.removeprefix("http://")
            if data.get("mirror") == name:
                environment["PIPENV_PYPI_MIRROR"] = index.url
        environment["THOTH_GIT"] = f"file://{project}-git"
        shutil.rmtree(f"{project}-git", ignore_errors=True)
        for name, files in data.get("git", {}).items():
            make_repository(Path(f"{project}-git") / name, files, environment)
        write_files(project, data.get("files", {}))
        shutil.copy(case / "Pipfile", project / "Pipfile")
        before = case / "Pipfile.lock.before"
        if before.exists():
            shutil.copy(before, project / "Pipfile.lock")
        yield project, environment, served


def run_pipenv(project: Path, environment: dict[str, str], *arguments: str) -> str:
    """Run pipenv in a project; returns what it printed, or raises RuntimeError with it."""
    done = subprocess.run(
        (sys.executable, "-m", "pipenv", *arguments),
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"pipenv {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def lock_case(case: Path, folder: Path) -> tuple[bytes, dict[str, object]]:
    """Lock a case with pipenv; returns the lock and what else is to be recorded."""
    with served_case(case, folder) as (project, environment, served):
        printed = run_pipenv(project, environment, "lock")
        lock = (project / "Pipfile.lock").read_bytes()
        probe = subprocess.run(
            (sys.executable, "-c", _PROBE), env=environment, capture_output=True, check=True
        )
    if b"127.0.0.1" in lock or str(folder).encode() in lock:
        raise RuntimeError(f"the lock holds what changes with each run: {lock.decode()}\n{printed}")
    return lock, {"environment": json.loads(probe.stdout), "served": served}
