"""What a configuration comes to for each runtime environment, each value with where it comes from. Pure.

ubi8-py311   python_version   3.11     .thoth.yaml:7
             margin           10       the recommendation type `stable`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.config.yaml_tree import MappingNode, ScalarNode, SequenceNode, read_yaml
from advisor_core.scoring.weights import DEFAULT_TYPE, weight_set
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from advisor_core.config.model import Configuration, Manager, RuntimeEnvironment
    from advisor_core.config.rules import PackageRule
    from advisor_core.config.yaml_tree import Node
    from advisor_core.environment.declaration import EnvironmentDeclaration

__all__ = [
    "Lines",
    "Setting",
    "describe_environment",
    "describe_project",
    "describe_rule",
    "read_lines",
]

_DEFAULT = "the default"

_LIBRARIES = ("cuda_version", "cudnn_version", "openblas_version", "openmpi_version", "mkl_version")


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that holds."""

    key: str
    """As in the file, or `manifest`, `lockfile`, `indexes`."""
    value: str
    """Not escaped."""
    source: str
    """`.thoth.yaml:7`, `Pipfile [requires]`, `the default`."""


class Lines:
    """Where keys are written: `lines.of("advice", "margin")`."""

    def __init__(self, path: str, lines: Mapping[tuple[str, ...], int]) -> None:
        """`lines`: keys from the root to a line; environments and managers by their names."""
        self.path = path
        self._lines = lines

    def of(self, *keys: str) -> str:
        """Return `.thoth.yaml:7`, or `the default` for what is not written."""
        line = self._lines.get(keys)
        return _DEFAULT if line is None else f"{self.path}:{line}"


def read_lines(content: bytes | None, path: str) -> Lines:
    """Return where the keys of a file are, which was read without faults."""
    found: dict[tuple[str, ...], int] = {}
    root = read_yaml(content, path) if content else None
    if root is not None:
        found.update(_walk(root, ()))
    return Lines(path, found)


def _walk(node: Node, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(node, MappingNode):
        for key, value in node.entries.items():
            here = (*above, key)
            yield here, node.key_lines[key]
            yield from _walk(value, here)
    elif isinstance(node, SequenceNode) and len(above) == 1:
        for item in node.items:
            name = item.entries.get("name") if isinstance(item, MappingNode) else None
            if isinstance(name, ScalarNode):
                yield (*above, name.text), item.line
                yield from _walk(item, (*above, name.text))


def describe_environment(
    declaration: EnvironmentDeclaration, configuration: Configuration, lines: Lines
) -> list[Setting]:
    """Return what holds for one runtime environment, most asked-for first."""
    declared = declaration.declared
    kind = declaration.recommendation_type or DEFAULT_TYPE
    weights = weight_set(kind)
    system = declaration.operating_system
    found = [
        Setting("python_version", declaration.python.value, declaration.python.source),
        Setting("platform", declaration.platform.value, declaration.platform.source),
    ]
    if system is not None:
        text = f"{system.name} {system.version or ''}".rstrip()
        written = lines.of("runtime_environments", declaration.name, "operating_system")
        source = written if written != _DEFAULT else declaration.platform.source
        found.append(Setting("operating_system", text, source))
    found.append(
        Setting(
            "recommendation_type",
            kind,
            lines.of("runtime_environments", declaration.name, "recommendation_type"),
        )
    )
    by_type = f"the recommendation type `{kind}`"
    for key, own, default in (
        ("margin", configuration.advice.margin, weights.margin),
        ("cooldown_days", configuration.advice.cooldown_days, weights.cooldown_days),
    ):
        if own is None:
            found.append(Setting(key, str(default), by_type))
        else:
            found.append(Setting(key, str(own), _extended(lines.of("advice", key), configuration)))
    found += _further(declared, lines) if declared is not None else []
    found += [
        _manager(each, declaration.name)
        for each in configuration.managers
        if not each.runs_for(declaration.name)
    ]
    return found


def _further(declared: RuntimeEnvironment, lines: Lines) -> Iterator[Setting]:
    values: list[tuple[str, object]] = [(key, getattr(declared, key)) for key in _LIBRARIES]
    values.append(("base_image", declared.base_image))
    if declared.hardware is not None:
        hardware = declared.hardware
        values += [
            (f"hardware.{key}", getattr(hardware, key))
            for key in ("cpu_family", "cpu_model", "gpu_model")
        ]
    values += [(f"labels.{key}", value) for key, value in declared.labels.items()]
    for key, value in values:
        if value is not None:
            # A label may have a dot in its name.
            parts = key.split(".", 1)
            yield Setting(key, str(value), lines.of("runtime_environments", declared.name, *parts))


def _manager(manager: Manager, environment: str) -> Setting:
    why = "disabled" if not manager.enabled else f"does not run for {environment}"
    return Setting(f"managers.{manager.name}", why, str(manager.origin))


def _extended(source: str, configuration: Configuration) -> str:
    """Return the source of a value that is set: here, or else in the file that is extended."""
    if source == _DEFAULT and configuration.extends is not None:
        return f"{configuration.extends}/.thoth.yaml"
    return source


def describe_project(configuration: Configuration, lines: Lines) -> list[Setting]:
    """Return what holds for the whole project."""
    found = [
        Setting(
            "mode",
            configuration.mode or "pull-request",
            _extended(lines.of("mode"), configuration)
            if configuration.mode is not None
            else _DEFAULT,
        )
    ]
    if configuration.mode == "automerge":
        updates = ", ".join(configuration.merged_updates) or "none"
        place = _DEFAULT
        if configuration.automerge_updates is not None:
            place = _extended(lines.of("automerge", "updates"), configuration)
        found.append(Setting("automerge.updates", updates, place))
    for key, value in (
        ("extends", configuration.extends),
        ("overlays_dir", configuration.overlays_dir),
        ("projects", None if configuration.projects is None else ", ".join(configuration.projects)),
    ):
        if value is not None:
            found.append(Setting(key, value, _extended(lines.of(key), configuration)))
    if configuration.schedule is not None:
        found.append(Setting("schedule", "set", _extended(lines.of("schedule"), configuration)))
    for name, given in configuration.advice.units.items():
        value = {True: "used", False: "left out"}.get(given) if isinstance(given, bool) else None
        place = configuration.advice.unit_places.get(name, _DEFAULT)
        found.append(Setting(f"advice.units.{name}", value or "configured", place))
    found += [
        Setting(f"managers.{each.name}", "enabled", str(each.origin))
        for each in configuration.managers
        if each.enabled
    ]
    return found


def describe_rule(rule: PackageRule) -> str:
    """Return one rule of `packages` in a line: `django, celery: allow <5, ignore major`."""
    said: Sequence[str | None] = (
        f"allow {rule.allow}" if rule.allow is not None else None,
        f"pin {rule.pin}" if rule.pin is not None else None,
        *(
            f"ignore {each.text}" + (f" until {each.until}" if each.until else "")
            for each in rule.ignore
        ),
        f"from {rule.index}" if rule.index is not None else None,
        None
        if rule.prereleases is None
        else "pre-releases too"
        if rule.prereleases
        else "no pre-releases",
    )
    return f"{', '.join(rule.names)}: {', '.join(each for each in said if each)}"
