"""Python versions as people declare them: `3.12`, `3.12.4`, `3.14.0rc1`. Only CPython 3."""

from __future__ import annotations

import re

__all__ = ["agree", "full_version", "minor_of", "parse_python_version"]


def parse_python_version(text: str) -> str:
    """Return the version without blanks; raises ValueError with the reason if it is none."""
    stripped = text.strip()
    matched = re.fullmatch(
        r"(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?(?:(?:a|b|rc)\d{1,4})?", stripped, re.ASCII
    )
    if matched is None:
        raise ValueError(f"not a Python version such as `3.12` or `3.12.4`: {text!r}")
    if matched[1] != "3" or not 2 <= int(matched[2]) <= 99:
        raise ValueError(f"only CPython 3 is supported: {text!r}")
    return stripped


def minor_of(python: str) -> int:
    """Return 12 of `3.12.4` and of `3.12rc1`."""
    matched = re.match(r"3\.(\d+)", python, re.ASCII)
    if matched is None:
        raise ValueError(f"not a Python version such as `3.12` or `3.12.4`: {python!r}")
    return int(matched[1])


def full_version(python: str) -> str:
    """Return the version with its patch number; `3.12` is taken as `3.12.0`.

    The lowest patch release is what every interpreter of that minor release can stand in for,
    except where a package asks for a later patch; then declare the patch release that is really
    there. This is also uv's rule (https://docs.astral.sh/uv/reference/cli/#uv-pip-compile,
    `--python-version`).
    """
    matched = re.match(r"(3\.\d+)(\.\d+)?(.*)", python, re.ASCII)
    if matched is None:
        raise ValueError(f"not a Python version such as `3.12` or `3.12.4`: {python!r}")
    return f"{matched[1]}{matched[2] or '.0'}{matched[3]}"


def agree(one: str, other: str) -> bool:
    """Return whether two declarations can be of the same interpreter: `3.12` and `3.12.4` can."""
    shorter, longer = sorted((one.split("."), other.split(".")), key=len)
    return longer[: len(shorter)] == shorter
