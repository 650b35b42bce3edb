"""`should_include` of a unit: nodes to values. No judgement of whether it can hold.

Keys and their meaning: Thoth's documentation, "Including a prescription unit"
(https://thoth-station.ninja/docs/developers/adviser/prescription/should_include.html).
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, cast

import yaml

from advisor_core.pipeline.prescriptions.model import (
    KINDS,
    Environments,
    Hardware,
    Include,
    Integers,
    PythonPackage,
    RpmPackage,
    Texts,
)

if TYPE_CHECKING:
    from advisor_core.pipeline.prescriptions.model import Kind
    from advisor_core.pipeline.prescriptions.tree import Walk

__all__ = ["RECOMMENDATION_TYPES", "VERSION_KEYS", "read_include"]

RECOMMENDATION_TYPES = ("latest", "performance", "security", "stable", "testing")

_DECISION_TYPES = ("all", "random")

VERSION_KEYS = (
    "python_version",
    "cuda_version",
    "cudnn_version",
    "openblas_version",
    "openmpi_version",
    "mkl_version",
)

_KEYS = (
    "times", "adviser_pipeline", "dependency_monkey_pipeline", "authenticated", "labels",
    "dependencies", "recommendation_types", "decision_types", "library_usage",
    "runtime_environments",
)  # fmt: skip

_ENVIRONMENT_KEYS = (
    "operating_systems", "hardware", *VERSION_KEYS, "platforms", "base_images", "abi",
    "rpm_packages", "python_packages",
)  # fmt: skip

_RPM_KEYS = (
    "package_name", "arch", "epoch", "package_identifier", "package_version", "release", "src",
)  # fmt: skip

_MAXIMUM_REPEATS = 3
"""`*`, `+` and `{` in one regular expression: matching time grows with their power."""

_MAXIMUM_PATTERN = 200


def read_include(walk: Walk, node: yaml.Node) -> Include:
    """Return the condition; raises WrongError when the node is no mapping."""
    entries = walk.mapping(node, "should_include", _KEYS)
    return Include(
        times=walk.optional(entries, "times", partial(_times, walk), 1),
        adviser_pipeline=walk.optional(entries, "adviser_pipeline", walk.boolean, default=False),
        dependency_monkey_pipeline=walk.optional(
            entries, "dependency_monkey_pipeline", walk.boolean, default=False
        ),
        authenticated=walk.optional(entries, "authenticated", walk.boolean, None),
        labels=walk.optional(entries, "labels", partial(_labels, walk), ()),
        recommendation_types=walk.optional(
            entries, "recommendation_types", partial(_choices, walk, RECOMMENDATION_TYPES), None
        ),
        decision_types=walk.optional(
            entries, "decision_types", partial(_choices, walk, _DECISION_TYPES), None
        ),
        library_usage=walk.optional(entries, "library_usage", partial(_library_usage, walk), ()),
        environments=walk.optional(
            entries, "runtime_environments", partial(_environments, walk), None
        ),
        dependencies=walk.optional(entries, "dependencies", partial(_dependencies, walk), ()),
    )


def _times(walk: Walk, node: yaml.Node, what: str) -> int:
    times = walk.integer(node, what)
    if times not in {0, 1}:
        raise walk.wrong(node, f"times must be 0 or 1: {times}")
    return times


def _choices(walk: Walk, known: tuple[str, ...], node: yaml.Node, what: str) -> Texts:
    read = _texts(walk, node, what)
    for value in read.values:
        if value not in known:
            walk.wrong(node, f"{what} has no {value!r:.80}", f"known: {', '.join(known)}")
    return read


def _labels(walk: Walk, node: yaml.Node, what: str) -> tuple[tuple[str, str], ...]:
    entries = walk.mapping(node, what, None)
    return tuple(
        (key, walk.text(value, f"label {key!r:.80}")) for key, (_key, value) in entries.items()
    )


def _library_usage(
    walk: Walk, node: yaml.Node, what: str
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    entries = walk.mapping(node, what, None)
    if not entries:
        raise walk.wrong(node, "library_usage must not be empty")
    return tuple(
        (
            key,
            tuple(
                walk.text(item, "a call") for item in walk.items(value, "library_usage", least=1)
            ),
        )
        for key, (_key, value) in entries.items()
    )


def _dependencies(walk: Walk, node: yaml.Node, what: str) -> tuple[tuple[Kind, str], ...]:
    entries = walk.mapping(node, what, KINDS)
    return tuple(
        (cast("Kind", kind), walk.text(item, "a name of a unit"))
        for kind, (_key, value) in entries.items()
        for item in walk.items(value, f"dependencies.{kind}", least=1)
    )


def _without_not(walk: Walk, node: yaml.Node) -> tuple[yaml.Node, bool]:
    """Return what is listed, and whether it stands within `not:`."""
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1:
        key, value = node.value[0]
        if key.value == "not":
            walk.visit(node)
            return value, True
    return node, False


def _listed(walk: Walk, node: yaml.Node, what: str) -> list[yaml.Node]:
    """Return the items; one scalar, also `null`, stands for a list of itself."""
    return [node] if isinstance(node, yaml.ScalarNode) else walk.items(node, what, least=1)


def _texts(walk: Walk, node: yaml.Node, what: str) -> Texts:
    listed, negated = _without_not(walk, node)
    return Texts(
        tuple(
            None if walk.is_null(item) else walk.text(item, f"an entry of {what}")
            for item in _listed(walk, listed, what)
        ),
        negated,
    )


def _integers(walk: Walk, node: yaml.Node, what: str) -> Integers:
    listed, negated = _without_not(walk, node)
    return Integers(
        tuple(
            None if walk.is_null(item) else walk.integer(item, f"an entry of {what}")
            for item in _listed(walk, listed, what)
        ),
        negated,
    )


def _environments(walk: Walk, node: yaml.Node, what: str) -> Environments:
    entries = walk.mapping(node, what, _ENVIRONMENT_KEYS)
    versions = [
        (key, walk.optional(entries, key, partial(_version, walk), None)) for key in VERSION_KEYS
    ]
    texts = partial(_texts, walk)
    rpm, without_rpm = walk.optional(entries, "rpm_packages", partial(_packages, walk), ([], False))
    python, without_python = walk.optional(
        entries, "python_packages", partial(_packages, walk), ([], False)
    )
    systems = walk.optional(entries, "operating_systems", walk.items, [])
    hardware = walk.optional(entries, "hardware", partial(walk.items, least=1), [])
    return Environments(
        operating_systems=walk.each(systems, partial(_operating_system, walk)),
        hardware=walk.each(hardware, partial(_hardware, walk)),
        versions=tuple((key, version) for key, version in versions if key in entries),
        platforms=walk.optional(entries, "platforms", texts, None),
        base_images=walk.optional(entries, "base_images", texts, None),
        abi=walk.optional(entries, "abi", texts, None),
        rpm_packages=walk.each(rpm, partial(_rpm_package, walk)),
        without_rpm_packages=without_rpm,
        python_packages=walk.each(python, partial(_python_package, walk)),
        without_python_packages=without_python,
    )


def _version(walk: Walk, node: yaml.Node, what: str) -> str | None:
    return None if walk.is_null(node) else walk.specifier(node, what)


def _packages(walk: Walk, node: yaml.Node, what: str) -> tuple[list[yaml.Node], bool]:
    listed, negated = _without_not(walk, node)
    return walk.items(listed, what, least=1), negated


def _operating_system(walk: Walk, node: yaml.Node) -> tuple[str | None, str | None]:
    entries = walk.mapping(node, "an operating system", ("name", "version"))
    name, version = walk.read(entries, "name"), walk.read(entries, "version")
    return (
        None if name is None else walk.text(name, "name").lower(),
        None if version is None else walk.text(version, "version"),
    )


def _hardware(walk: Walk, node: yaml.Node) -> Hardware:
    keys = ("cpu_families", "cpu_models", "cpu_flags", "gpu_models")
    entries = walk.mapping(node, "an entry of hardware", keys)
    texts, integers = partial(_texts, walk), partial(_integers, walk)
    return Hardware(
        cpu_families=walk.optional(entries, "cpu_families", integers, None),
        cpu_models=walk.optional(entries, "cpu_models", integers, None),
        cpu_flags=walk.optional(entries, "cpu_flags", texts, None),
        gpu_models=walk.optional(entries, "gpu_models", texts, None),
    )


def _rpm_package(walk: Walk, node: yaml.Node) -> RpmPackage:
    entries = walk.mapping(node, "an RPM package", _RPM_KEYS)
    if "package_name" not in entries:
        raise walk.wrong(node, "an RPM package must have a package_name")
    fields = []
    for key, (_key, value) in sorted(entries.items()):
        if key == "src":
            fields.append((key, "true" if walk.boolean(value, key) else "false"))
        else:
            fields.append((key, walk.text(value, key)))
    return RpmPackage(tuple(fields))


def _python_package(walk: Walk, node: yaml.Node) -> PythonPackage:
    entries = walk.mapping(node, "a Python package", ("name", "version", "location"))
    name = walk.read(entries, "name")
    if name is None:
        raise walk.wrong(node, "a Python package must have a name")
    version, location = walk.read(entries, "version"), walk.read(entries, "location")
    return PythonPackage(
        walk.package(name, "name"),
        "" if version is None else walk.specifier(version, "version"),
        "" if location is None or walk.is_null(location) else _pattern(walk, location),
    )


def _pattern(walk: Walk, node: yaml.Node) -> str:
    """Return a regular expression that cannot take long: no repeated group, few repeats."""
    text = walk.text(node, "location")
    repeats = len(re.findall(r"(?<!\\)[*+{?]", text))
    grouped = re.search(r"\)[*+{?]|\(\?|\\[1-9]|\[\[", text)
    if grouped or repeats > _MAXIMUM_REPEATS or len(text) > _MAXIMUM_PATTERN:
        limits = f"{_MAXIMUM_PATTERN} characters and {_MAXIMUM_REPEATS} repeats"
        hint = f"at most {limits}, none of a group"
        raise walk.wrong(node, f"location is too involved: {text!r:.80}", hint)
    try:
        re.compile(text)
    except (re.error, OverflowError) as exc:
        raise walk.wrong(node, f"location is no regular expression: {exc}") from exc
    return text
