"""`.thoth.yaml` bytes to a `Configuration`: strict, with the line of every fault. Performs no I/O.

The schema is that of the Thoth project, read unchanged; keys it has and this program does nothing
with are accepted and listed in `Configuration.without_effect`. An unknown key is a fault, because a
misspelt one would silently change nothing.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from advisor_core.config.model import (
    RECOMMENDATION_TYPES,
    AdviceSettings,
    Configuration,
    Hardware,
    KeyWithoutEffect,
    Manager,
    RuntimeEnvironment,
)
from advisor_core.config.pull_request_reader import PullRequestReader
from advisor_core.config.schema import (
    ADVICE_KEYS,
    AUTOMERGE_KEYS,
    AUTOMERGE_UPDATES,
    BISECT_KEYS,
    ENVIRONMENT_KEYS,
    MANAGER_CONFIGURATION,
    MANAGER_KEYS,
    MODES,
    MOST_BISECT_RUNS,
    MOST_ENVIRONMENTS,
    MOST_PROJECTS,
    REQUIREMENTS_FORMATS,
    SECURITY_SEVERITIES,
    TOP_KEYS,
    VERSION_KEYS,
    WITHOUT_EFFECT,
)
from advisor_core.config.values import is_null, suggest
from advisor_core.config.yaml_tree import MappingNode, ScalarNode, SequenceNode, read_yaml
from advisor_core.environment.operating_systems import normalize_operating_system
from advisor_core.environment.platforms import resolve_platform
from advisor_core.environment.python_version import parse_python_version
from advisor_core.errors import InputError
from advisor_core.model import Origin

if TYPE_CHECKING:
    from advisor_core.config.yaml_tree import Node
    from advisor_core.environment.operating_systems import OperatingSystem

__all__ = ["parse_configuration"]

_REPOSITORY = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]{1,100}", re.ASCII)
"""A repository's name, without its owner: nobody else's settings are read."""


def parse_configuration(content: bytes, path: str) -> Configuration:
    """Return what the file says; raises InputError with every fault, in the order of lines."""
    root = read_yaml(content, path)
    if root is None or is_null(root):
        return Configuration()
    reader = _ConfigurationReader(path)
    configuration = reader.read(root)
    if reader.faults:
        raise InputError(tuple(sorted(reader.faults, key=_line_of)))
    return configuration


def _line_of(fault: object) -> int:
    return int(str(getattr(fault, "place", "")).rpartition(":")[2])


class _ConfigurationReader(PullRequestReader):
    """The schema. Every method reads one kind of mapping."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._without_effect: list[KeyWithoutEffect] = []

    def read(self, root: Node) -> Configuration:
        if not isinstance(root, MappingNode):
            self.fault(root, "the file must be a mapping (`runtime_environments: ...`)")
            return Configuration()
        self.check_keys(root, TOP_KEYS, "")
        self._note_without_effect(root)
        entries = root.entries
        environments = self._read_environments(entries.get("runtime_environments"))
        return Configuration(
            environments=environments,
            overlays_dir=self._read_folder(entries.get("overlays_dir"), "overlays_dir"),
            projects=self._read_projects(entries.get("projects")),
            requirements_format=self.choice(
                entries.get("requirements_format"), "requirements_format", REQUIREMENTS_FORMATS
            ),
            managers=self._read_managers(entries.get("managers"), environments),
            host=self.text(entries.get("host"), "host"),
            tls_verify=self.boolean(entries.get("tls_verify"), "tls_verify"),
            virtualenv=self.boolean(entries.get("virtualenv"), "virtualenv"),
            extends=self._read_extends(entries.get("extends")),
            mode=self.choice(entries.get("mode"), "mode", MODES),
            packages=self.read_rules(entries.get("packages")),
            advice=self._read_advice(entries.get("advice")),
            automerge_updates=self._read_automerge(entries.get("automerge")),
            automerge_confidence=self._read_number(
                entries.get("automerge"), "automerge", "confidence", most=99
            ),
            bisect_runs=self._read_bisect(entries.get("bisect")),
            schedule=self.read_schedule(entries.get("schedule")),
            pull_requests=self.read_pull_requests(entries.get("pull_requests")),
            limits=self.read_limits(entries.get("limits")),
            groups=self.read_groups(entries.get("groups")),
            without_effect=tuple(
                sorted(self._without_effect, key=lambda found: found.origin.line or 0)
            ),
        )

    def _note_without_effect(self, node: MappingNode) -> None:
        for key, line in node.key_lines.items():
            value = node.entries[key]
            is_default = key == "recommendation_type" and getattr(value, "text", "") == "latest"
            if key in WITHOUT_EFFECT and not is_null(value) and not is_default:
                origin = Origin(self.path, line)
                self._without_effect.append(KeyWithoutEffect(key, origin, WITHOUT_EFFECT[key]))

    def _read_extends(self, node: Node | None) -> str | None:
        text = self.text(node, "extends")
        if node is None or text is None or _REPOSITORY.fullmatch(text):
            return text
        self.fault(
            node,
            f"`extends` is not the name of a repository: {text[:60]!r}",
            "write `.github`: the repository of that name of the same owner",
        )
        return None

    def _read_advice(self, node: Node | None) -> AdviceSettings:
        mapping = self.mapping(node, "advice")
        if mapping is None:
            return AdviceSettings()
        self.check_keys(mapping, ADVICE_KEYS, "`advice`")
        numbers: dict[str, int | None] = {}
        for key, most in (("margin", 1_000_000), ("cooldown_days", 3650)):
            value = mapping.entries.get(key)
            number = self.integer(value, key)
            if value is not None and number is not None and not 0 <= number <= most:
                self.fault(value, f"`{key}` must be between 0 and {most}: {number}")
                number = None
            numbers[key] = number
        return AdviceSettings(
            margin=numbers["margin"],
            cooldown_days=numbers["cooldown_days"],
            units=self._read_units(mapping.entries.get("units")),
            unit_places=self._place_units(mapping.entries.get("units")),
        )

    def _read_units(self, node: Node | None) -> dict[str, object]:
        mapping = self.mapping(node, "units")
        if mapping is None:
            return {}
        units: dict[str, object] = {}
        for name, value in mapping.entries.items():
            read = units[name] = self.free(value)
            options = read if isinstance(read, list) else [read]
            if not isinstance(read, bool) and not all(isinstance(each, dict) for each in options):
                self.fault(
                    value,
                    f"`units.{name[:60]}` must be true, false, options or a list of options",
                    "docs/units.md lists the units and their options",
                )
        return units

    def _place_units(self, node: Node | None) -> dict[str, str]:
        """Return where each unit and each of its options is."""
        places: dict[str, str] = {}
        if not isinstance(node, MappingNode):
            return places
        for name, value in node.entries.items():
            places[name] = f"{self.path}:{node.key_lines[name]}"
            items = value.items if isinstance(value, SequenceNode) else [value]
            for number, item in enumerate(items):
                prefix = name
                if len(items) > 1:
                    prefix = f"{name}[{number}]"
                    places[prefix] = f"{self.path}:{item.line}"
                if isinstance(item, MappingNode):
                    for key, line in item.key_lines.items():
                        places[f"{prefix}.{key}"] = f"{self.path}:{line}"
        return places

    def _read_automerge(self, node: Node | None) -> tuple[str, ...] | None:
        mapping = self.mapping(node, "automerge")
        if mapping is None:
            return None
        self.check_keys(mapping, AUTOMERGE_KEYS, "`automerge`")
        sequence = self.sequence(mapping.entries.get("updates"), "updates")
        if sequence is None:
            return None
        found = (self.choice(item, "updates", AUTOMERGE_UPDATES) for item in sequence.items)
        return tuple(dict.fromkeys(kind for kind in found if kind is not None))

    def _read_bisect(self, node: Node | None) -> int | None:
        mapping = self.mapping(node, "bisect")
        if mapping is not None:
            self.check_keys(mapping, BISECT_KEYS, "`bisect`")
        return self._read_number(node, "bisect", "runs", most=MOST_BISECT_RUNS)

    def _read_number(self, node: Node | None, name: str, key: str, *, most: int) -> int | None:
        """Return an integer of a mapping, from 0 to `most`; the mapping itself is checked elsewhere."""
        value = node.entries.get(key) if isinstance(node, MappingNode) else None
        number = self.integer(value, key)
        if value is None or number is None:
            return None
        if not 0 <= number <= most:
            self.fault(value, f"`{name}.{key}` must be between 0 and {most}: {number}")
            return None
        return number

    def _read_projects(self, node: Node | None) -> tuple[str, ...] | None:
        sequence = self.sequence(node, "projects")
        if sequence is None:
            return None
        if len(sequence.items) > MOST_PROJECTS:
            self.fault(sequence, f"more than {MOST_PROJECTS} projects")
            return ()
        found: dict[str, None] = {}
        for item in sequence.items:
            folder = self._read_folder(item, "projects")
            if folder is None:
                continue
            if "*" in folder:
                self.fault(item, f"`projects` takes no patterns: {folder!r}", "name each folder")
            found[folder] = None
        return tuple(found)

    def _read_folder(self, node: Node | None, key: str) -> str | None:
        text = self.text(node, key)
        example = "overlays" if key == "overlays_dir" else "some/folder"
        if node is None or text is None:
            return None
        folder = posixpath.normpath(text)
        if folder.startswith(("/", "..")) or "\\" in folder or folder == ".":
            self.fault(
                node,
                f"`{key}` must be a folder inside the project: {text!r}",
                f"write it relative to the project, with `/`: `{example}`",
            )
            return None
        return folder

    def _read_environments(self, node: Node | None) -> tuple[RuntimeEnvironment, ...]:
        sequence = self.sequence(node, "runtime_environments")
        if sequence is None:
            return ()
        if len(sequence.items) > MOST_ENVIRONMENTS:
            self.fault(sequence, f"more than {MOST_ENVIRONMENTS} runtime environments")
            return ()
        found: dict[str, RuntimeEnvironment] = {}
        for item in sequence.items:
            environment = self._read_environment(item)
            if environment is None:
                continue
            if environment.name in found:
                self.fault(
                    item,
                    f"a runtime environment of this name is already on line "
                    f"{found[environment.name].origin.line}: {environment.name!r}",
                    "give every environment a name of its own",
                )
            found.setdefault(environment.name, environment)
        return tuple(found.values())

    def _read_environment(self, node: Node) -> RuntimeEnvironment | None:
        mapping = self.mapping(node, "runtime_environments[]")
        if mapping is None:
            if is_null(node):
                self.fault(node, "an empty runtime environment", "remove the `-`")
            return None
        self.check_keys(mapping, ENVIRONMENT_KEYS, "a runtime environment")
        self._note_without_effect(mapping)
        entries = mapping.entries
        system = self._read_operating_system(entries.get("operating_system"))
        versions = {key: self.text(entries.get(key), key, number=True) for key in VERSION_KEYS}
        name = self._read_name(mapping)
        return RuntimeEnvironment(
            name=name or f"line {mapping.line}",
            origin=Origin(self.path, mapping.line),
            python_version=self._read_python(entries.get("python_version")),
            operating_system=system,
            platform=self._read_platform(entries.get("platform"), system, mapping),
            hardware=self._read_hardware(entries.get("hardware")),
            recommendation_type=self.choice(
                entries.get("recommendation_type"), "recommendation_type", RECOMMENDATION_TYPES
            ),
            cuda_version=versions["cuda_version"],
            cudnn_version=versions["cudnn_version"],
            openblas_version=versions["openblas_version"],
            openmpi_version=versions["openmpi_version"],
            mkl_version=versions["mkl_version"],
            base_image=self.text(entries.get("base_image"), "base_image"),
            labels=self._read_labels(entries.get("labels")),
        )

    def _read_name(self, mapping: MappingNode) -> str | None:
        node = mapping.entries.get("name")
        name = self.text(node, "name", number=True)
        if node is None or is_null(node):
            self.fault(mapping, "a runtime environment without `name`", "add `name: ...`")
        elif name is not None and (
            name in {".", ".."} or set(name) & set("/\\") or len(name) > 100
        ):
            # The name is a folder under overlays_dir and part of a branch name.
            self.fault(
                node,
                f"not a name for a runtime environment: {name[:110]!r}",
                "use at most 100 characters, without `/` and `\\`",
            )
        return name

    def _read_python(self, node: Node | None) -> str | None:
        text = self.text(node, "python_version", number=True)
        if node is None or text is None:
            return None
        try:
            return parse_python_version(text)
        except ValueError as exc:
            self.fault(node, f"`python_version`: {exc}", "write it as '3.12'")
            return None

    def _read_operating_system(self, node: Node | None) -> OperatingSystem | None:
        mapping = self.mapping(node, "operating_system")
        if mapping is None:
            return None
        self.check_keys(mapping, ("name", "version"), "`operating_system`")
        name = self.text(mapping.entries.get("name"), "operating_system.name")
        version = self.text(mapping.entries.get("version"), "operating_system.version", number=True)
        if name is None:
            if version is not None:
                self.fault(
                    mapping, "an operating system with a version but no `name`", "add `name`"
                )
            return None
        return normalize_operating_system(name, version)

    def _read_platform(
        self, node: Node | None, system: OperatingSystem | None, mapping: MappingNode
    ) -> str | None:
        text = self.text(node, "platform")
        if text is None and system is None:
            return None
        try:
            resolve_platform(text, system)
        except ValueError as exc:
            self.fault(
                node if node is not None and text is not None else mapping,
                f"`platform`: {exc}",
                "write `linux-x86_64`, or a wheel platform tag such as `manylinux_2_28_x86_64`",
            )
        return text

    def _read_hardware(self, node: Node | None) -> Hardware | None:
        mapping = self.mapping(node, "hardware")
        if mapping is None:
            return None
        self.check_keys(mapping, ("cpu_family", "cpu_model", "gpu_model"), "`hardware`")
        entries = mapping.entries
        return Hardware(
            cpu_family=self.integer(entries.get("cpu_family"), "cpu_family"),
            cpu_model=self.integer(entries.get("cpu_model"), "cpu_model"),
            gpu_model=self.text(entries.get("gpu_model"), "gpu_model"),
        )

    def _read_labels(self, node: Node | None) -> dict[str, str]:
        mapping = self.mapping(node, "labels")
        labels: dict[str, str] = {}
        for key, value in mapping.entries.items() if mapping else ():
            if isinstance(value, ScalarNode):
                labels[key] = value.text
            else:
                self.fault(value, f"a label must be a text: {key[:60]!r}")
        return labels

    def _read_managers(
        self, node: Node | None, environments: tuple[RuntimeEnvironment, ...]
    ) -> tuple[Manager, ...]:
        sequence = self.sequence(node, "managers")
        names = [environment.name for environment in environments]
        found: dict[str, Manager] = {}
        for item in sequence.items if sequence else ():
            manager = self._read_manager(item, names)
            if manager is None:
                continue
            if manager.name in found:
                first = found[manager.name].origin.line
                self.fault(item, f"this manager is already on line {first}: {manager.name!r}")
            found.setdefault(manager.name, manager)
        return tuple(found.values())

    def _read_manager(self, node: Node, names: list[str]) -> Manager | None:
        mapping = self.mapping(node, "managers[]")
        if mapping is None:
            return None
        self.check_keys(mapping, MANAGER_KEYS, "a manager")
        entries = mapping.entries
        if is_null(entries.get("name", ScalarNode("", plain=True, line=mapping.line))):
            self.fault(mapping, "a manager without `name`", "add `name: update`")
            return None
        name = self.choice(entries["name"], "name", tuple(MANAGER_CONFIGURATION))
        if name is None:
            return None
        configuration = self.mapping(entries.get("configuration"), "configuration")
        enabled: bool | None = None
        values: dict[str, object] = {}
        if configuration is not None:
            known = ("enabled", *MANAGER_CONFIGURATION[name])
            self.check_keys(configuration, known, f"the configuration of `{name}`")
            enabled = self.boolean(configuration.entries.get("enabled"), "enabled")
            if name == "security":
                severity = configuration.entries.get("severity")
                self.choice(severity, "severity", SECURITY_SEVERITIES)
            values = {
                key: self.free(value)
                for key, value in configuration.entries.items()
                if key != "enabled"
            }
        return Manager(
            name=name,
            origin=Origin(self.path, mapping.line),
            enabled=enabled is not False,
            env_allow_list=self._read_names(entries.get("env_allow_list"), "env_allow_list", names),
            env_disallow_list=self._read_names(
                entries.get("env_disallow_list"), "env_disallow_list", names
            )
            or (),
            configuration=values,
        )

    def _read_names(self, node: Node | None, what: str, known: list[str]) -> tuple[str, ...] | None:
        sequence: SequenceNode | None = self.sequence(node, what)
        if sequence is None:
            return None
        names = []
        for item in sequence.items:
            name = self.text(item, what, number=True)
            if name is not None and name not in known:
                self.fault(
                    item, f"`{what}` names no runtime environment: {name!r}", suggest(name, known)
                )
            elif name is not None:
                names.append(name)
        return tuple(names)
