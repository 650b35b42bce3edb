"""What a Dockerfile's base image says of the runtime environment. Asks no registry.

Only `FROM` and `ARG` are read. The last stage counts, followed through `FROM earlier-stage`; when
it is no image we know, the last stage before it that is.
"""

from __future__ import annotations

import re

from advisor_core.environment.operating_systems import (
    DEBIAN_CODENAMES,
    OperatingSystem,
    normalize_operating_system,
)
from advisor_core.values import dataclass, replace

__all__ = ["Image", "describe_image", "find_runtime_image"]

_DOCKER_MACHINES = {
    "linux/amd64": "linux_x86_64",
    "linux/arm64": "linux_aarch64",
    "linux/arm64/v8": "linux_aarch64",
    "linux/ppc64le": "linux_ppc64le",
    "linux/s390x": "linux_s390x",
}
"""`--platform` of `FROM` to our platform text."""


@dataclass(frozen=True, slots=True)
class Image:
    """What the name of an image says."""

    reference: str
    """As written: `python:3.12-slim-bookworm`."""
    python: str | None
    """`3.12`, or None when the tag names no minor version."""
    operating_system: OperatingSystem | None
    platform: str | None = None
    """A text for `resolve_platform`, from `FROM --platform=`."""
    line: int = 1
    """1-based, of the `FROM`."""


def describe_image(reference: str) -> Image | None:
    """Return what is known of the image from its name alone, None for an image we do not know.

    Known: `python:TAG` on any registry (https://hub.docker.com/_/python), Red Hat's
    `ubiN/python-XY`, and Thoth's own `s2i-thoth-ubiN-pyXY`.
    """
    path, _, _ = reference.strip().lower().partition("@")
    folder, _, last = path.rpartition("/")
    name, _, tag = last.partition(":")
    if name == "python":
        return _describe_python_image(reference, tag)
    if matched := re.fullmatch(r"python-3(\d{1,2})(?:-minimal)?", name, re.ASCII):
        on = re.search(r"(?:^|/)(ubi|rhel)(\d{1,2})$", folder, re.ASCII)
        system = OperatingSystem(on[1], on[2]) if on else None
        return Image(reference, f"3.{int(matched[1])}", system)
    if matched := re.fullmatch(
        r"s2i-thoth-(ubi|rhel|fedora)(\d{1,2})-py3(\d{1,2})", name, re.ASCII
    ):
        return Image(reference, f"3.{int(matched[3])}", OperatingSystem(matched[1], matched[2]))
    return None


def find_runtime_image(text: str) -> Image | None:
    """Return the image in which the last stage of a Dockerfile runs, None when none is known."""
    arguments: dict[str, str] = {}
    stages: dict[str, Image | None] = {}
    found: Image | None = None
    final: Image | None = None
    for number, line in _logical_lines(text):
        words = line.split()
        keyword = words[0].upper()
        if keyword == "ARG" and not stages:
            for word in words[1:]:
                key, equals, value = word.partition("=")
                if equals:
                    arguments[key] = _expand(value.strip("\"'"), arguments)
        elif keyword == "FROM" and len(words) > 1:
            final = _read_from(words[1:], arguments, stages, number)
            found = final or found
    return final or found


def _read_from(
    words: list[str], arguments: dict[str, str], stages: dict[str, Image | None], number: int
) -> Image | None:
    flags = [word for word in words if word.startswith("--")]
    names = [_expand(word, arguments) for word in words if not word.startswith("--")]
    if not names:
        return None
    image = stages[names[0].lower()] if names[0].lower() in stages else describe_image(names[0])
    if image is not None:
        image = replace(image, line=number)
        for flag in flags:
            docker = _expand(flag.partition("=")[2], arguments).lower()
            if flag.startswith("--platform=") and docker in _DOCKER_MACHINES:
                image = replace(image, platform=_DOCKER_MACHINES[docker])
    alias = names[2].lower() if len(names) > 2 and names[1].upper() == "AS" else f"#{len(stages)}"
    stages[alias] = image
    return image


def _describe_python_image(reference: str, tag: str) -> Image:
    parts = tag.split("-")
    matched = re.fullmatch(r"(3\.\d{1,2})(\.\d{1,3})?(?:(a|b|rc)(\d{1,2}))?", parts[0], re.ASCII)
    python = parts[0] if matched and int(matched[1][2:]) >= 2 else None
    system: OperatingSystem | None = None
    for part in parts:
        if part.startswith("alpine"):
            system = normalize_operating_system("alpine", part.removeprefix("alpine") or None)
        elif part in DEBIAN_CODENAMES:
            system = normalize_operating_system("debian", part)
        elif part in {"windowsservercore", "nanoserver"}:
            system = OperatingSystem("windows")
    return Image(reference, python, system)


def _logical_lines(text: str) -> list[tuple[int, str]]:
    lines: list[tuple[int, str]] = []
    pending, start = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        start = start if pending else number
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        lines.append((start, pending + line))
        pending = ""
    if pending.strip():
        lines.append((start, pending))
    return [(number, line) for number, line in lines if line.strip()]


def _expand(text: str, arguments: dict[str, str]) -> str:
    """Replace `$NAME`, `${NAME}`, `${NAME:-default}`; an unknown name becomes empty, as in Docker.

    Bounded: a value is expanded once, when it is defined, and cut past 1,000 characters, so that a
    chain of arguments cannot double without end.
    """

    def value_of(matched: re.Match[str]) -> str:
        name = matched[1] or matched[3]
        return arguments.get(name) or (matched[2] or "")

    expanded = re.sub(r"\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)", value_of, text, flags=re.ASCII)
    return expanded[:1000]
