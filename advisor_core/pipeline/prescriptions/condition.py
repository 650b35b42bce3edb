"""Whether a unit is to be used: `should_include` against what is known of the run. Pure.

Where the facts are not known (no hardware declared, an image that was not analysed), a condition on
them does not hold, within `not:` neither: what is unknown is not known to be absent. Only `null`
stands for what a declaration leaves out. With several environments a unit is used when its
conditions hold in one of them: one stack serves all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.standards import specifier_contains

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.pipeline.interface import Context, ImageFacts
    from advisor_core.pipeline.prescriptions.model import (
        Environments,
        Hardware,
        Include,
        PythonPackage,
        RpmPackage,
        Texts,
    )
    from advisor_core.pipeline.runtime import RuntimeFacts

__all__ = ["is_included"]

_LONGEST_LOCATION = 300
"""Characters of a folder that a regular expression is tried on."""


def is_included(include: Include, context: Context, runtimes: Sequence[RuntimeFacts]) -> bool:
    """Return whether the condition holds, its dependencies on other units apart."""
    if include.times == 0:
        return False
    if context.dependency_monkey:
        if not include.dependency_monkey_pipeline:
            return False
        kinds = include.decision_types
        if kinds is not None and context.decision_type and not kinds.hold(context.decision_type):
            return False
    else:
        if not include.adviser_pipeline:
            return False
        types = include.recommendation_types
        if types is not None and not types.hold(context.recommendation_type):
            return False
    if include.authenticated is not None and include.authenticated is not context.authenticated:
        return False
    if include.labels and not _labels_hold(include, context.labels):
        return False
    if include.library_usage and not _calls_hold(include, context.library_usage):
        return False
    environments = include.environments
    return environments is None or any(
        _runtime_holds(environments, runtime) for runtime in runtimes
    )


def _labels_hold(include: Include, labels: Mapping[str, str]) -> bool:
    return any(labels.get(key) == value for key, value in include.labels)


def _calls_hold(include: Include, usage: Mapping[str, frozenset[str]]) -> bool:
    for package, wanted in include.library_usage:
        used = usage.get(package)
        if not used:
            return False
        for call in wanted:
            if call.endswith(".*"):
                prefix = call[:-1]
                if not any(name.startswith(prefix) or name == call[:-2] for name in used):
                    return False
            elif call not in used:
                return False
    return True


def _runtime_holds(environments: Environments, runtime: RuntimeFacts) -> bool:
    for key, specifier in environments.versions:
        have = runtime.python_version if key == "python_version" else runtime.libraries.get(key)
        if not _version_holds(specifier, have):
            return False
    if environments.platforms is not None and not _platform_holds(environments.platforms, runtime):
        return False
    if environments.operating_systems and not any(
        _system_holds(name, version, runtime) for name, version in environments.operating_systems
    ):
        return False
    if environments.hardware and not any(
        _hardware_holds(hardware, runtime) for hardware in environments.hardware
    ):
        return False
    images = environments.base_images
    if images is not None and not _image_holds(images, runtime.base_image):
        return False
    if (
        environments.abi is None
        and not environments.rpm_packages
        and not environments.python_packages
    ):
        return True
    return runtime.image is not None and _contents_hold(environments, runtime.image)


def _version_holds(specifier: str | None, version: str | None) -> bool:
    if specifier is None or version is None:
        return specifier is None and version is None
    try:
        return specifier_contains(specifier, version)
    except ValueError:  # a declared version that is none, `latest`
        return False


def _platform_holds(platforms: Texts, runtime: RuntimeFacts) -> bool:
    return (not runtime.platforms.isdisjoint(platforms.values)) != platforms.negated


def _system_holds(name: str | None, version: str | None, runtime: RuntimeFacts) -> bool:
    if name is not None and name not in runtime.system_names:
        return False
    if version is None:
        return True
    have = runtime.system_version
    # `8` means 8.6 too.
    return have is not None and (have == version or have.startswith(f"{version}."))


def _hardware_holds(hardware: Hardware, runtime: RuntimeFacts) -> bool:
    if hardware.cpu_families is not None and not hardware.cpu_families.hold(runtime.cpu_family):
        return False
    if hardware.cpu_models is not None and not hardware.cpu_models.hold(runtime.cpu_model):
        return False
    if hardware.gpu_models is not None and not hardware.gpu_models.hold(runtime.gpu_model):
        return False
    flags = hardware.cpu_flags
    if flags is None:
        return True
    if runtime.cpu_flags is None:
        return False
    if flags.negated:
        return runtime.cpu_flags.isdisjoint(flags.values)
    return runtime.cpu_flags.issuperset(flags.values)


def _image_holds(images: Texts, image: str | None) -> bool:
    if image is None:
        return (None in images.values) != images.negated
    name, tag = _split_image(image)
    for wanted in images.values:
        if wanted is None:
            continue
        wanted_name, wanted_tag = _split_image(wanted)
        if wanted_name != name:
            continue
        if (
            wanted_tag is None
            or tag is None
            or tag == wanted_tag
            or (wanted_tag.endswith("*") and tag.startswith(wanted_tag[:-1]))
        ):
            return not images.negated
    return images.negated


def _split_image(image: str) -> tuple[str, str | None]:
    """Return name and tag; a colon before the last slash is a port."""
    name, colon, tag = image.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (image, None)


def _contents_hold(environments: Environments, image: ImageFacts) -> bool:
    abi = environments.abi
    if abi is not None:
        families = image.symbol_families
        asked = {(symbol or "").partition("_")[0] for symbol in abi.values}
        if families is not None and not asked <= families:
            return False  # not known
        holds = (
            image.symbols.isdisjoint(abi.values)
            if abi.negated
            else image.symbols.issuperset(abi.values)
        )
        if not holds:
            return False
    if environments.rpm_packages and image.rpm_packages is None:
        return False
    if environments.python_packages and image.python_packages is None:
        return False
    # Listed packages must all be there; within `not:` none may be.
    for rpm in environments.rpm_packages:
        if _has_rpm(rpm, image) is environments.without_rpm_packages:
            return False
    for package in environments.python_packages:
        if _has_python(package, image) is environments.without_python_packages:
            return False
    return True


def _has_rpm(wanted: RpmPackage, image: ImageFacts) -> bool:
    return any(
        all(
            have.get(key, "false" if key == "src" else None) == value
            for key, value in wanted.fields
        )
        for have in image.rpm_packages or ()
    )


def _has_python(wanted: PythonPackage, image: ImageFacts) -> bool:
    for have in image.python_packages or ():
        if have.get("name") != wanted.name:
            continue
        if wanted.specifier and not _version_holds(wanted.specifier, have.get("version")):
            continue
        location = have.get("location", "")
        if wanted.location and (
            len(location) > _LONGEST_LOCATION or re.fullmatch(wanted.location, location) is None
        ):
            continue
        return True
    return False
