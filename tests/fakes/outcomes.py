"""Outcomes to write texts about. Values only."""

from __future__ import annotations

from advisor_core.model import (
    Category,
    DeclaredRequirement,
    Environment,
    Manifest,
    Origin,
    Requirement,
    Stack,
    Target,
)
from advisor_core.outcome import Change, Conflict, LockOutcome

NEWEST = "newest release that every requirement accepts"
EVIL = "@octocat fixes #1 | <img src=x> `x` [a](https://evil.example)\n\n# big\u202e GH-2"


def environment(name="default", python="3.11", platform="manylinux_2_28_x86_64"):
    return Environment(name=name, python=python, markers={}, tags={}, platform=platform)


def declared(text, *, line=None, path="Pipfile"):
    name = text.partition(" ")[0]
    return DeclaredRequirement(Requirement(name), Origin(path, line), text)


def target(*environments, path="Pipfile", kind="pipfile", lockfile="Pipfile.lock"):
    manifest = Manifest(path, kind, (Category("default", ()),))
    return Target(manifest, lockfile, environments or (environment(),))


def improved(changes, *, of=None, old=b"old", skipped=None, status="improved"):
    return LockOutcome(
        target=of or target(),
        status=status,
        old_text=old,
        new_text=b"new",
        stacks={"default": Stack({}, skipped=skipped or {})},
        changes=tuple(changes),
    )


def conflict(explanation, at_fault, *, of=None, skipped=None):
    return LockOutcome(
        target=of or target(),
        status="conflict",
        old_text=b"old",
        new_text=None,
        conflict=Conflict(explanation, tuple(at_fault), skipped or {}),
    )


def change(package, old, new, *, direct=False, category="default", why=NEWEST):
    return Change(package, category, old, new, direct, why)


ORDINARY = improved(
    [
        change("flask", "3.0.3", "3.1.2", direct=True),
        change("tensorflow", "2.16.2", "2.20.0", direct=True),
        change("blinker", None, "1.9.0", why="`flask` requires it since 3.0"),
        change("numpy", "2.4.0", "2.3.5", why="`tensorflow` 2.20.0 accepts <2.4 only"),
        change("six", "1.16.0", None, why="no longer required"),
        change("pytest", "8.0.0", "9.0.1", direct=True, category="develop"),
    ],
    of=target(environment("web", "3.11.9"), environment("gpu", "3.12.4")),
    skipped={"oldpkg": {"1.0": "metadata of the sdist is dynamic"}},
)

FIRST_LOCK = improved(
    [change("requests", None, "2.32.3", direct=True)],
    of=target(
        environment(platform=""),
        path="app/requirements.in",
        kind="requirements",
        lockfile="app/requirements.txt",
    ),
    old=None,
)

STALE = improved([])

HOSTILE = improved(
    [change(EVIL, EVIL, EVIL, direct=True, category=EVIL, why=EVIL), change("a", "1", "2")],
    of=target(
        environment(EVIL, EVIL, EVIL), path=f"{EVIL}/Pipfile", lockfile=f"{EVIL}/Pipfile.lock"
    ),
    skipped={EVIL: {EVIL: EVIL}},
)

NO_STACK = conflict(
    "Because flask 3.1.2 requires werkzeug>=3.1 and the manifest requires werkzeug<3,\n"
    "flask 3.1.2 cannot be used.\n"
    "No other release of flask satisfies flask>=3.1.2.",
    [declared('flask = ">=3.1.2"', line=7), declared('werkzeug = "<3"', line=8)],
    skipped={"flask": {"3.2.0": "metadata of the sdist is dynamic"}},
)

HOSTILE_CONFLICT = conflict(
    f"{EVIL}\n```\n</details>@octocat",
    [declared(EVIL, line=3, path=f"{EVIL}/Pipfile"), declared(EVIL)],
    of=HOSTILE.target,
)
