"""Where the configuration is, and reading it. YAML is loaded only when there is such a file."""

from __future__ import annotations

from advisor_core.config.model import Configuration

__all__ = ["CONFIGURATION_PATH", "read_configuration"]

CONFIGURATION_PATH = ".thoth.yaml"
"""Relative to the project."""


def read_configuration(content: bytes | None, path: str = CONFIGURATION_PATH) -> Configuration:
    """Return what the file says; None (no such file) and an empty file say nothing.

    Raises InputError with every fault of the file: `.thoth.yaml:LINE: what is wrong`, and the fix.
    """
    if content is None:
        return Configuration()
    from advisor_core.config.reader import parse_configuration  # noqa: PLC0415 - see above

    return parse_configuration(content, path)
