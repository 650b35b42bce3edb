"""Which runtime environments a project has: declared in `.thoth.yaml`, else detected.

The Python version comes from the first of these that names one; the others are compared with it and
every disagreement is noted:

1. `python_version` of the environment in `.thoth.yaml`
2. the name of its `base_image`
3. `.python-version` (the first line that is a CPython version)
4. `runtime.txt` (`python-3.12.4`)
5. `[requires]` of the Pipfile
6. `requires-python`, when it lies within one minor release (`==3.11.*`)
7. the base image of `Dockerfile` or `Containerfile`
8. `requires-python`: the running interpreter if it is in the range, else the nearest minor release
9. the running interpreter

The platform comes from `platform` and `operating_system` in `.thoth.yaml`, else the `base_image`,
else the base image of the Dockerfile, else the kind of machine this runs on.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.environment.clues import read_clues
from advisor_core.environment.declaration import EnvironmentDeclaration, Sourced
from advisor_core.environment.platforms import is_linux, resolve_platform
from advisor_core.environment.python_range import minors_in, range_holds
from advisor_core.environment.python_version import agree, minor_of
from advisor_core.environment.running import describe_running
from advisor_core.values import dataclass

if TYPE_CHECKING:
    from advisor_core.config.model import Configuration, RuntimeEnvironment
    from advisor_core.environment.clues import Clues
    from advisor_core.environment.dockerfile import Image
    from advisor_core.environment.operating_systems import OperatingSystem
    from advisor_core.environment.running import RunningInterpreter
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest

__all__ = ["DEFAULT_NAME", "detect_environments"]

DEFAULT_NAME = "default"
"""Of the one environment of a project that declares none."""


def detect_environments(
    files: Files,
    manifest: Manifest,
    configuration: Configuration,
    *,
    running: RunningInterpreter | None = None,
) -> tuple[EnvironmentDeclaration, ...]:
    """Return the environments that the manifest is locked for, at least one, the default one first.

    With `overlays_dir`, a manifest in an environment's overlay folder is locked for that one alone;
    any other manifest for all of them. `running` is what to take where nothing is said.
    """
    running = running or describe_running()
    clues = read_clues(files, manifest)
    declared = configuration.environments_in(posixpath.dirname(manifest.path) or ".")
    return tuple(
        _Detection(environment, clues, running).declare() for environment in declared or (None,)
    )


@dataclass(slots=True)
class _Detection:
    """What is known while one environment is put together."""

    declared: RuntimeEnvironment | None
    clues: Clues
    running: RunningInterpreter

    def declare(self) -> EnvironmentDeclaration:
        declared = self.declared
        notes = list(self.clues.notes)
        base = self._read_base_image()
        python = self._choose_python(base, notes)
        image = base or self.clues.image
        image_source = self._base_source() if base else self.clues.image_source
        platform, system = self._choose_platform(image, image_source, notes)
        return EnvironmentDeclaration(
            name=declared.name if declared else DEFAULT_NAME,
            python=python,
            platform=platform,
            operating_system=system,
            recommendation_type=declared.recommendation_type if declared else None,
            notes=tuple(notes),
            declared=declared,
        )

    def _read_base_image(self) -> Image | None:
        if self.declared is None or self.declared.base_image is None:
            return None
        from advisor_core.environment import dockerfile  # noqa: PLC0415 - rarely needed

        return dockerfile.describe_image(self.declared.base_image)

    def _base_source(self) -> str:
        return f"{self.declared.origin} base_image" if self.declared else ""

    def _choose_python(self, base: Image | None, notes: list[str]) -> Sourced:
        found = list(self.clues.pythons)
        if base and base.python:
            found.insert(0, Sourced(base.python, self._base_source()))
        if self.declared and self.declared.python_version:
            found.insert(0, Sourced(self.declared.python_version, str(self.declared.origin)))
        if not found:
            return self._python_by_range(notes)
        chosen = found[0]
        notes += [
            f"{other.source} says Python {other.value}, {chosen.source} says {chosen.value}: "
            f"{chosen.value} is used"
            for other in found[1:]
            if not agree(other.value, chosen.value)
        ]
        requires = self.clues.requires_python
        if requires is not None and not _may_hold(requires.value, chosen.value):
            notes.append(
                f"{requires.source} is `{requires.value}`, which does not hold Python "
                f"{chosen.value} of {chosen.source}"
            )
        return chosen

    def _python_by_range(self, notes: list[str]) -> Sourced:
        """Choose where no file names a version: within `requires-python` if there is one."""
        running, requires = self.running.python, self.clues.requires_python
        if requires is None:
            return Sourced(running, "the running interpreter")
        source = f"{requires.source} `{requires.value}`"
        if range_holds(requires.value, running):
            return Sourced(running, f"the running interpreter, within {source}")
        own = minor_of(running)
        minors = minors_in(requires.value)
        if not minors:
            notes.append(f"{source} holds no release of Python 3")
            return Sourced(running, "the running interpreter")
        nearest = min(minors, key=lambda minor: (abs(minor - own), minor))
        return Sourced(f"3.{nearest}", f"the nearest to the running interpreter in {source}")

    def _choose_platform(
        self, image: Image | None, image_source: str, notes: list[str]
    ) -> tuple[Sourced, OperatingSystem | None]:
        text = self.declared.platform if self.declared else None
        system = self.declared.operating_system if self.declared else None
        source = str(self.declared.origin) if self.declared and (system or text) else ""
        if image is not None and not source:
            text, system = image.platform, image.operating_system
            source = image_source if text or system else ""
        elif image is not None and system is None and text and is_linux(text):
            system = image.operating_system
        if not source and self.declared is None and image is None:
            text, source = self.running.platform, "the kind of machine this runs on"
        try:
            platform, inferred = resolve_platform(text, system)
        except ValueError as exc:
            platform, inferred = resolve_platform(None)
            notes.append(f"{source}: {exc}: ignored")
            source, system = "", None
        notes += inferred
        return Sourced(str(platform), source or "the default"), system


def _may_hold(specifier: str, python: str) -> bool:
    """Return whether the range holds the version, or some patch release of it."""
    if python.count(".") > 1:
        return range_holds(specifier, python)
    return minor_of(python) in minors_in(specifier)
