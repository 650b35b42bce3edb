"""Reader of `setup.cfg`: `install_requires`, `extras_require` and `python_requires` of setuptools.

[options]
python_requires = >=3.9
install_requires =
flask>=2
[options.extras_require]
test = pytest
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from advisor_core.manifests.faults import decode_text, shown
from advisor_core.manifests.interface import MAX_REQUIREMENTS
from advisor_core.manifests.pyproject_reading import Reading
from advisor_core.model import Category, Manifest, Origin
from advisor_core.standards import normalize_name, parse_requirement
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor_core.manifests.interface import Files, ReadOptions
    from advisor_core.model import DeclaredRequirement

__all__ = ["read_setup_cfg"]

_SECTION = re.compile(r"\[([^\]]+)\]\s*(?:[#;].*)?")
_DELIMITER = re.compile(r"[=:]")
_COMPUTED = ("attr:", "file:")


class _Value(NamedTuple):
    section: str
    key: str
    line: int
    text: str


def read_setup_cfg(files: Files, path: str, data: bytes, options: ReadOptions) -> Manifest:  # noqa: ARG001
    """Return the manifest of a `setup.cfg`. Raises InputError with every fault of it."""
    text = decode_text(path, data)
    # Every line is its own key, so that faults name it.
    reading = Reading(path, {(number,): number for number in range(1, text.count("\n") + 2)})
    found: dict[str, list[DeclaredRequirement]] = {"default": []}
    requires_python = None
    for value in _values(text):
        place = f"{path}:{value.line}"
        if (value.section, value.key) == ("options", "python_requires"):
            try:
                requires_python = parse_requirement(f"python {value.text}").specifier or None
            except ValueError:
                reading.faults.add(
                    place, f"not a PEP 440 specifier: {shown(value.text)}", hint="write `>=3.11`"
                )
            continue
        if (value.section, value.key) == ("options", "install_requires"):
            category = "default"
        elif value.section == "options.extras_require":
            category = normalize_name(value.key)
        else:
            continue
        if value.text.startswith(_COMPUTED):
            reading.faults.add(
                place,
                f"computed when the project is built, which is not done: {shown(value.text)}",
                hint="list the requirements here, or name a requirements file with `-r`",
            )
            continue
        declared = reading.requirement((value.line,), value.text)
        if declared is not None:
            origin = Origin(path, value.line, f"{value.section}.{value.key}")
            found.setdefault(category, []).append(replace(declared, origin=origin))
    if reading.count > MAX_REQUIREMENTS:
        reading.faults.add(path, f"more than {MAX_REQUIREMENTS} requirements", hint="split it")
    reading.faults.raise_if_any()
    wanted = {"default", *map(normalize_name, options.extras)}
    return Manifest(
        path=path,
        kind="requirements",
        categories=tuple(
            Category(name, tuple(requirements), is_extra=name != "default")
            for name, requirements in found.items()
            if options.everything or name in wanted
        ),
        requires_python=requires_python,
        files={path: data},
    )


def _values(text: str) -> Iterator[_Value]:
    """Yield each line of each value: `a = b` has one, a list below its key one per entry."""
    section, key = "", ""
    for number, raw in enumerate(text.splitlines(), start=1):
        stripped = raw.strip()
        if not stripped or stripped.startswith(("#", ";")):
            continue
        if raw[:1].isspace() and key:
            yield _Value(section, key, number, _without_comment(stripped))
            continue
        header = _SECTION.fullmatch(stripped)
        if header is not None:
            section, key = header[1].strip(), ""
            continue
        delimiter = _DELIMITER.search(stripped)
        key = stripped[: delimiter.start()].strip() if delimiter is not None else ""
        value = stripped[delimiter.end() :].strip() if delimiter is not None else ""
        if key and value:
            yield _Value(section, key, number, _without_comment(value))


def _without_comment(text: str) -> str:
    return re.split(r"\s[#;]\s", text, maxsplit=1)[0].strip() if " #" in text else text
