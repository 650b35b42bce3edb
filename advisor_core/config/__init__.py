"""Repository configuration: `.thoth.yaml` bytes to values."""

from __future__ import annotations

from advisor_core.config.file import CONFIGURATION_PATH, read_configuration
from advisor_core.config.model import Configuration, Hardware, Manager, RuntimeEnvironment

__all__ = [
    "CONFIGURATION_PATH",
    "Configuration",
    "Hardware",
    "Manager",
    "RuntimeEnvironment",
    "read_configuration",
]
