"""Runtime environments: PEP 508 markers, wheel tags, and which files fit them."""

from __future__ import annotations

from advisor_core.environment.declaration import EnvironmentDeclaration, Sourced, make_environment
from advisor_core.environment.detect import detect_environments
from advisor_core.environment.operating_systems import OperatingSystem
from advisor_core.environment.platforms import Platform, resolve_platform
from advisor_core.environment.running import RunningInterpreter, describe_running

__all__ = [
    "EnvironmentDeclaration",
    "OperatingSystem",
    "Platform",
    "RunningInterpreter",
    "Sourced",
    "describe_running",
    "detect_environments",
    "make_environment",
    "resolve_platform",
]
