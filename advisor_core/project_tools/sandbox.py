"""A tool inside bubblewrap, where that exists: it sees no home folder and no process of ours.

The file system is there to be read, but for the home folder, of which only what the tool itself needs
is seen; it writes in its own folder alone. The network stays: the tool asks the indexes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["wrap_command"]

_ISOLATED = ("--unshare-all", "--share-net", "--die-with-parent", "--new-session")
_SYSTEM = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")
_INTERPRETER = re.compile(rb"(/[^\s'\"]*/python[0-9.]*)")


def wrap_command(command: Sequence[str], scratch: Path, folder: Path) -> list[str]:
    """Return the command that runs `command` in `folder` of `scratch` inside bubblewrap.

    The command itself where there is no bubblewrap, or the machine allows it no namespaces.
    """
    bubblewrap = _bubblewrap()
    if bubblewrap is None:
        return list(command)
    home = Path.home()
    hidden: list[str] = []
    if home.is_dir() and home != Path("/"):
        hidden += ["--tmpfs", str(home)]
        for needed in dict.fromkeys(_needed(Path(command[0]))):
            if home in needed.parents and needed.is_dir():
                hidden += ["--ro-bind", str(needed), str(needed)]
    own = ["--bind", str(scratch), str(scratch), "--chdir", str(folder)]
    return [bubblewrap, *_ISOLATED, *_SYSTEM, *hidden, *own, "--", *command]


@cache
def _bubblewrap() -> str | None:
    program = shutil.which("bwrap")
    if program is None:
        return None
    try:
        tried = subprocess.run(
            [program, *_ISOLATED, *_SYSTEM, "--", "/bin/true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return program if tried.returncode == 0 else None


def _needed(program: Path) -> Iterator[Path]:
    """Yield the folders that a program is made of: where it lies, and its interpreter's."""
    # A shim of pyenv asks the folder around it.
    yield program.parent.parent if program.parent.name == "shims" else program.parent
    yield program.resolve().parent.parent
    with program.open("rb") as file:
        named = _INTERPRETER.search(file.read(512))
    for python in (Path(named[1].decode()) if named else None, Path(sys.executable)):
        if python is not None:
            # An interpreter of a virtual environment is a link to another one.
            yield python.parent.parent
            yield python.resolve().parent.parent
