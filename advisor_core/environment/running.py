"""The interpreter this program runs in, as a default where nobody declared an environment."""

from __future__ import annotations

import os
import sys

from advisor_core.values import dataclass

__all__ = ["RunningInterpreter", "describe_running"]


@dataclass(frozen=True, slots=True)
class RunningInterpreter:
    """What is taken over from the running interpreter."""

    python: str
    """`3.11.7`."""
    platform: str
    """A text for `resolve_platform`: `linux_x86_64`, `musllinux_1_2_x86_64`,
    `macosx_14_0_arm64`."""


def describe_running() -> RunningInterpreter:
    """Return the running interpreter.

    On Linux the C library's level is not asked for: every glibc is taken as `linux_MACHINE` and
    every musl as musl 1.2, so that two machines of one kind compute the same lock.
    """
    info = sys.version_info
    stage = {"alpha": "a", "beta": "b", "candidate": "rc"}.get(info.releaselevel)
    python = f"{info.major}.{info.minor}.{info.micro}" + (f"{stage}{info.serial}" if stage else "")
    return RunningInterpreter(python, _running_platform())


def _running_platform() -> str:
    if sys.platform == "win32":
        machine = os.environ.get("PROCESSOR_ARCHITECTURE", "AMD64").lower()
        return {"x86": "win32", "arm64": "win_arm64"}.get(machine, "win_amd64")
    machine = os.uname().machine
    if sys.platform == "darwin":
        import platform  # noqa: PLC0415 - slow to import, and needed on macOS only

        major = platform.mac_ver()[0].split(".")[0] or "14"
        return f"macosx_{major}_0_{machine}"
    # `x86_64-linux-gnu` or `x86_64-linux-musl`: what the interpreter was built for.
    multiarch = str(getattr(sys.implementation, "_multiarch", ""))
    return f"musllinux_1_2_{machine}" if multiarch.endswith("musl") else f"linux_{machine}"
