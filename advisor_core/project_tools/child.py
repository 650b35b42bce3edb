"""Runs a project's own tool in a child process that holds no secret and outlives nothing.

Its environment has `PATH`, a locale, and a home folder that is empty and removed afterwards: no
token, no netrc, no configuration or cache of this machine. `sandbox` hides the files too where it can,
and `no_builds` keeps a Python program from running what is not its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from advisor_core.errors import InputError, ToolFailure
from advisor_core.project_tools.sandbox import wrap_command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["run_tool"]

_MAX_SAID = 4_000
"""Characters of a tool's messages that are repeated; its last words say what went wrong."""


def run_tool(
    command: Sequence[str],
    files: Mapping[str, bytes],
    result: str,
    *,
    settings: Mapping[str, str],
    folder: str = "",
    timeout_seconds: float = 120,
) -> bytes:
    """Run a tool in a project of these files; return the file that it wrote.

    `files`: path relative to the project to content. `folder`: where in it the tool is run and
    `result` is written. `settings`: variables for the tool alone. Raises
    InputError when it is not installed, ToolFailure with its own words when it fails or takes too
    long.
    """
    program = shutil.which(command[0])
    if program is None:
        raise InputError.single(
            command[0],
            "not installed, and nothing else writes its lockfile",
            hint=f"install {command[0]}, or write pylock.toml, which pip and uv install from: "
            "thoth lock --format pylock -o pylock.toml",
        )
    with tempfile.TemporaryDirectory(prefix="thoth-tool-") as scratch:
        scratch = os.path.realpath(scratch)  # noqa: PLW2901 - on some systems it is a link
        home, project = Path(scratch, "home"), Path(scratch, "project")
        home.mkdir()
        for path, content in files.items():
            target = project / path
            if ".." in Path(path).parts or Path(path).is_absolute():
                raise InputError.single(path, "leaves the project", hint="keep files inside it")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        guard = Path(scratch, "guard", "sitecustomize.py")
        guard.parent.mkdir()
        guard.write_bytes(Path(__file__).with_name("no_builds.py").read_bytes())
        inside = project / folder
        inside.mkdir(parents=True, exist_ok=True)
        environment = {
            "PYTHONPATH": str(guard.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "XDG_CONFIG_DIRS": str(home),
            "TMPDIR": scratch,
            "LC_ALL": "C.UTF-8",
            **settings,
        }
        try:
            done = subprocess.run(
                wrap_command([program, *command[1:]], Path(scratch), inside),
                cwd=inside,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            said = f"{command[0]} wrote no lockfile within {timeout_seconds:g} s"
            raise ToolFailure(said, hint="run it by hand to see what it waits for") from exc
        written = inside / result
        if done.returncode or written.is_symlink() or not written.is_file():
            words = (done.stderr or done.stdout).decode(errors="replace").replace(scratch, "")
            raise ToolFailure(
                f"{command[0]} wrote no {result}:\n{words.strip()[-_MAX_SAID:]}",
                hint="thoth lock --format pylock writes the same versions without it",
            )
        return written.read_bytes()
