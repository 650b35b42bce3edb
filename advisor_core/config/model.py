"""What a repository configures, as values. No reading, no defaults taken from elsewhere."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.config.pull_requests import Group, Limits, PullRequestSettings
from advisor_core.config.schema import AUTOMERGE_DEFAULT
from advisor_core.model import Origin
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from advisor_core.config.rules import PackageRule
    from advisor_core.config.schedule import Schedule
    from advisor_core.environment.operating_systems import OperatingSystem

__all__ = [
    "RECOMMENDATION_TYPES",
    "AdviceSettings",
    "Configuration",
    "Hardware",
    "KeyWithoutEffect",
    "Manager",
    "RuntimeEnvironment",
]

RECOMMENDATION_TYPES = ("latest", "stable", "performance", "security", "testing")
"""Thoth's five names."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """The processor and graphics card that an environment runs on."""

    cpu_family: int | None = None
    cpu_model: int | None = None
    gpu_model: str | None = None


@dataclass(frozen=True, slots=True)
class RuntimeEnvironment:
    """One entry of `runtime_environments`. None: the file does not say."""

    name: str
    origin: Origin
    """The line of the entry."""
    python_version: str | None = None
    """The scalar's own text: `3.10` is three-ten, also unquoted."""
    operating_system: OperatingSystem | None = None
    platform: str | None = None
    """As written: `linux-x86_64`, `manylinux_2_28_x86_64`."""
    hardware: Hardware | None = None
    recommendation_type: str | None = None
    """One of `RECOMMENDATION_TYPES`."""
    cuda_version: str | None = None
    cudnn_version: str | None = None
    openblas_version: str | None = None
    openmpi_version: str | None = None
    mkl_version: str | None = None
    base_image: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manager:
    """One entry of `managers`: a behaviour of the App and for which environments it runs."""

    name: str
    origin: Origin
    enabled: bool = True
    env_allow_list: tuple[str, ...] | None = None
    """Names of the only environments it runs for; None: all."""
    env_disallow_list: tuple[str, ...] = ()
    configuration: Mapping[str, object] = field(default_factory=dict)
    """Without `enabled`: texts, booleans, numbers, None, lists and mappings of these."""

    def runs_for(self, environment: str) -> bool:
        """Return whether the manager acts on the environment of that name."""
        if not self.enabled or environment in self.env_disallow_list:
            return False
        return self.env_allow_list is None or environment in self.env_allow_list


@dataclass(frozen=True, slots=True)
class AdviceSettings:
    """`advice`: when an advice is worth a change. None: the recommendation type decides."""

    margin: int | None = None
    """Points by which a stack must beat the present lock to be proposed."""
    cooldown_days: int | None = None
    """Days a release must be old, anywhere in the graph, to count as settled."""
    units: Mapping[str, object] = field(default_factory=dict)
    """Unit of the pipeline to `false`, `true`, its options, or a list of options."""
    unit_places: Mapping[str, str] = field(default_factory=dict)
    """`CveSieve`, `CveSieve.severity`, `CveSieve[1].severity` to where it is written, `file:line`."""


@dataclass(frozen=True, slots=True)
class KeyWithoutEffect:
    """A key that is accepted and changes nothing here."""

    key: str
    origin: Origin
    reason: str
    """Lower case, no final full stop."""

    def __str__(self) -> str:
        """Return `place: key: reason`."""
        return f"{self.origin}: `{self.key}`: {self.reason}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A `.thoth.yaml`, read whole; without one, `Configuration()`."""

    environments: tuple[RuntimeEnvironment, ...] = ()
    """As declared; the first is the default one."""
    overlays_dir: str | None = None
    """Folder, relative to the project, with one folder per environment, each with its own
    manifest."""
    projects: tuple[str, ...] | None = None
    """Folders with a manifest of their own, besides the root, each locked for every environment. None:
    those that have a lockfile beside it."""
    requirements_format: str | None = None
    """`pipenv`, `pip`, `pip-tools` or `pip-compile`."""
    managers: tuple[Manager, ...] = ()
    host: str | None = None
    tls_verify: bool | None = None
    virtualenv: bool | None = None
    without_effect: tuple[KeyWithoutEffect, ...] = ()
    """In the order of lines."""
    extends: str | None = None
    """The repository whose `.thoth.yaml` this one adds to: `.github`, of the same owner."""
    mode: str | None = None
    """One of `schema.MODES`; None: `pull-request`."""
    automerge_updates: tuple[str, ...] | None = None
    """`automerge.updates`: what `mode: automerge` merges unasked; None: `schema.AUTOMERGE_DEFAULT`."""
    automerge_confidence: int | None = None
    """`automerge.confidence`: which percentage of passing CI runs each changed release must reach, with
    95 % credibility; None or 0: its own checks are enough."""
    bisect_runs: int | None = None
    """`bisect.runs`: how many runs of CI may be spent on finding which change of a red update fails;
    None: `schema.BISECT_RUNS`."""
    packages: tuple[PackageRule, ...] = ()
    """In the order written, those of the extended file first."""
    advice: AdviceSettings = field(default_factory=AdviceSettings)
    schedule: Schedule | None = None
    """When new pull requests may come; None: at any time."""
    pull_requests: PullRequestSettings = field(default_factory=PullRequestSettings)
    limits: Limits = field(default_factory=Limits)
    groups: tuple[Group, ...] = ()
    """In the order written: the first that takes a package's change has it."""

    @property
    def security(self) -> Manager | None:
        """The manager that fixes vulnerabilities; None: a person turned it off.

        It runs where `managers` does not name it: files that are older than it name others alone.
        """
        named = self.manager("security")
        if named is None:
            return Manager("security", Origin(".thoth.yaml", None))
        return named if named.enabled else None

    @property
    def is_for_security_alone(self) -> bool:
        """Whether `managers` asks for security updates and for no other ones."""
        running = {each.name for each in self.managers if each.enabled}
        return "security" in running and running.isdisjoint(("update", "thoth-advise"))

    @property
    def holds_security(self) -> bool:
        """Whether pull requests that mend a vulnerability wait for the schedule."""
        return self.schedule is not None and self.schedule.holds_security

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders that have a lockfile of their own: environments of one folder share one lockfile.

        `.` without `overlays_dir`, else one folder per environment.
        """
        if self.overlays_dir is None or not self.environments:
            return (".",)
        return tuple(
            posixpath.join(self.overlays_dir, environment.name) for environment in self.environments
        )

    def environments_in(self, folder: str) -> tuple[RuntimeEnvironment, ...]:
        """Return the environments that a manifest in the folder is locked for.

        One alone in its overlay folder; all of them anywhere else.
        """
        if self.overlays_dir is not None:
            for path, environment in zip(self.folders, self.environments, strict=False):
                if path == folder:
                    return (environment,)
        return self.environments

    @property
    def notes(self) -> tuple[str, ...]:
        """For the report: one line that names every key without effect, or nothing."""
        return self.notes_but_of(())

    def notes_but_of(self, keys: Collection[str]) -> tuple[str, ...]:
        """Return the notes without those of some keys, which do have an effect where this is said."""
        lines: dict[str, list[str]] = {}
        for found in self.without_effect:
            if found.key not in keys:
                lines.setdefault(found.key, []).append(str(found.origin.line))
        if not lines:
            return ()
        named = ", ".join(
            f"`{key}` (line{'s' * (len(where) > 1)} {', '.join(where)})"
            for key, where in lines.items()
        )
        return (f"{self.without_effect[0].origin.file}: accepted, but without effect: {named}",)

    @property
    def merged_updates(self) -> tuple[str, ...]:
        """The kinds of updates that are merged unasked."""
        if self.mode != "automerge":
            return ()
        return AUTOMERGE_DEFAULT if self.automerge_updates is None else self.automerge_updates

    @property
    def update_labels(self) -> tuple[str, ...]:
        """Labels of ordinary updates: those of `pull_requests`, and of the managers that make them."""
        labels = dict.fromkeys(self.pull_requests.labels)
        for name in ("update", "thoth-advise"):
            manager = self.manager(name)
            named = manager.configuration.get("labels") if manager and manager.enabled else None
            for label in named if isinstance(named, list) else ():
                if isinstance(label, str) and 0 < len(label) <= 50:
                    labels[label] = None
        return tuple(labels)[:20]

    def manager(self, name: str) -> Manager | None:
        """Return the manager of that name, None when the file does not mention it."""
        return next((manager for manager in self.managers if manager.name == name), None)
