"""Keeps a tool that is a Python program from running foreign code. Copied beside it, never imported here.

Poetry and PDM have no option that forbids a build: where a release has no wheel, they run its build
backend to learn what it requires. Every way to that is a child process, so this, loaded as
`sitecustomize`, lets the tool start none but a Python that answers what Python it is.
"""

from __future__ import annotations

import sys

_ABOUT_PYTHON = ("-c", "-Ic", "-EsSc")
_OF_THE_TOOL = "/pdm/models/in_process/"


def _is_harmless(arguments: object) -> bool:
    if not isinstance(arguments, (list, tuple)) or not arguments:
        return False
    words = [str(word) for word in arguments]
    if not words[0].replace("\\", "/").rpartition("/")[2].startswith("python"):
        return False
    options = iter(words[1:])
    for word in options:
        if word == "-W":
            next(options, None)
        elif word in _ABOUT_PYTHON or _OF_THE_TOOL in word.replace("\\", "/"):
            return True
        elif not word.startswith("-") or word == "-m":
            return False
    return False


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "subprocess.Popen":
        if _is_harmless(arguments[1]):
            return
    elif event not in ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.forkpty"):
        return
    raise PermissionError("this would run code of a package or project, which is not done here")


sys.addaudithook(_watch)
