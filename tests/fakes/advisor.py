"""An advisor that needs no index: knows one version per package, and locks a Pipfile with them.

It reads what is committed, like the real one: each `name = "..."` line of the Pipfile is a direct
requirement. One on `impossible` has no stack, and a Pipfile that says `broken` is wrong input.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from advisor_core.config import Configuration
from advisor_core.errors import Fault, InputError
from advisor_core.lockfiles.pipfile_lock_reader import read_pipfile_lock
from advisor_core.model import (
    Category,
    DeclaredRequirement,
    Environment,
    Manifest,
    Origin,
    Pin,
    Requirement,
    Stack,
    Target,
)
from advisor_core.outcome import Change, Conflict, LockOutcome
from advisor_core.wish import Wish

ENVIRONMENT = Environment(
    name="default", python="3.11", markers={}, tags={}, platform="manylinux_2_28_x86_64"
)


@dataclass(frozen=True)
class FakeProposal:
    outcomes: tuple[LockOutcome, ...]
    notes: tuple[str, ...] = ()
    mode: str = "pull-request"
    rules: tuple = ()
    provenance: tuple = ()
    abandoned: tuple = ()
    fixes: tuple = ()
    security_alone: bool = False
    security_labels: tuple[str, ...] = ("security",)
    configuration: Configuration = field(default_factory=Configuration)


@dataclass
class FakeAdvisor:
    """`versions` is the index: what every package is locked to."""

    versions: dict[str, str] = field(default_factory=dict)
    transitive: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ("",)
    environments: tuple[Environment, ...] = (ENVIRONMENT,)
    notes: tuple[str, ...] = ()
    impossible: str = "impossible"
    mode: str = "pull-request"
    configuration: Configuration = field(default_factory=Configuration)

    def __call__(self, files, wish=None):
        wish = wish or Wish()
        outcomes = [self._lock(files, folder, wish) for folder in self.folders]
        found = tuple(outcome for outcome in outcomes if outcome is not None)
        if not found:
            raise InputError.single(".", "no manifest found", hint="commit a Pipfile")
        return FakeProposal(found, self.notes, self.mode, configuration=self.configuration)

    def _lock(self, files, folder, wish):
        text = files.read(f"{folder}Pipfile")
        if text is None:
            return None
        if b"broken" in text:
            raise InputError(
                (
                    Fault("Pipfile:2", "not a version: 'broken'", "write a version"),
                    Fault("Pipfile: requires", "unknown key: 'x'"),
                )
            )
        declared = tuple(_declared(text.decode(), f"{folder}Pipfile"))
        path = f"{folder}Pipfile"
        manifest = Manifest(path, "pipfile", (Category("default", declared),), files={path: text})
        target = Target(manifest, f"{folder}Pipfile.lock", self.environments)
        old = files.read(target.lockfile)
        at_fault = tuple(each for each in declared if each.requirement.name == self.impossible)
        if at_fault:
            conflict = Conflict("impossible<0 cannot hold:\n  no release is below 0", at_fault)
            return LockOutcome(target, "conflict", old, None, conflict=conflict)
        names = [each.requirement.name for each in declared]
        before = read_pipfile_lock(old, path + ".lock")["default"] if old is not None else {}
        pins = {name: self.versions.get(name, "1.0") for name in names} | self.transitive
        for name in pins:
            stays = name in wish.held or (wish.only and name not in wish.only)
            if stays and name in before:
                pins[name] = before[name]
        pins |= wish.pins
        lock = {
            "_meta": {"hash": {"sha256": hashlib.sha256(text).hexdigest()}},
            "default": {name: {"version": f"=={version}"} for name, version in pins.items()},
        }
        new = json.dumps(lock, indent=4, sort_keys=True).encode()
        changes = tuple(
            Change(
                package=name,
                category="default",
                old=before.get(name),
                new=pins.get(name),
                direct=name in names,
                why="newest release that every requirement accepts",
            )
            for name in sorted({*before, *pins})
            if before.get(name) != pins.get(name)
        )
        return LockOutcome(
            target=target,
            status="unchanged" if old == new else "improved",
            old_text=old,
            new_text=new,
            stacks={
                "default": Stack({name: Pin(name, pins[name], (), "pypi") for name in sorted(pins)})
            },
            changes=changes,
        )


def _declared(text, path):
    for number, line in enumerate(text.splitlines(), start=1):
        name, equals, specifier = line.partition(" = ")
        if equals and not line.startswith(("[", "#")):
            requirement = Requirement(name, specifier=specifier.strip('"').replace("*", ""))
            yield DeclaredRequirement(requirement, Origin(path, number), line)
