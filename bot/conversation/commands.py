"""The commands that people write in comments: one pure grammar. Issue titles: `bot.conversation.titles`.

    /thoth ignore django major until 2027-01-31
    @thoth-app recreate

A command is a line of its own that begins with `/thoth` or with `@NAME`. Lines inside code, quotations
and HTML comments are talk about commands, not commands. The grammar, blanks between words:

    line      = ("/thoth" | "@" NAME) command
    command   = "advise" [ENVIRONMENT]
              | "update" {PACKAGE}
              | "split" PACKAGE
              | "pin" PACKAGE "==" VERSION
              | "ignore" PACKAGE ["major" | "minor" | "patch" | "==" VERSION] ["until" DATE]
              | "unignore" PACKAGE
              | "why" PACKAGE
              | "release" ("major" | "minor" | "patch" | "calendar" | "pre" | "final" | VERSION)
              | "show ignores" | "rebase" | "recreate" | "close" | "reopen"
              | "config" | "merge when green" | "cancel" | "undo" | "explain" | "info" | "help"

Words of commands may be written in any case. What does not parse is answered with the nearest command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

from advisor_core.standards import normalize_name, normalize_version
from bot.conversation.own_lines import own_lines

__all__ = [
    "COMMANDS",
    "MOST_COMMANDS",
    "USAGE",
    "Command",
    "CommandName",
    "Misunderstood",
    "parse_comment",
    "parse_release",
]

CommandName = Literal[
    "advise",
    "cancel",
    "close",
    "config",
    "explain",
    "help",
    "ignore",
    "info",
    "merge when green",
    "pin",
    "rebase",
    "recreate",
    "release",
    "reopen",
    "show ignores",
    "split",
    "undo",
    "unignore",
    "update",
    "why",
]

COMMANDS: tuple[CommandName, ...] = get_args(CommandName)

USAGE: dict[CommandName, str] = {
    "advise": "advise [ENVIRONMENT]",
    "cancel": "cancel",
    "close": "close",
    "config": "config",
    "explain": "explain",
    "help": "help",
    "ignore": "ignore PACKAGE [major|minor|patch|==VERSION] [until DATE]",
    "info": "info",
    "merge when green": "merge when green",
    "pin": "pin PACKAGE==VERSION",
    "rebase": "rebase",
    "recreate": "recreate",
    "release": "release KIND",
    "reopen": "reopen",
    "show ignores": "show ignores",
    "split": "split PACKAGE",
    "undo": "undo",
    "unignore": "unignore PACKAGE",
    "update": "update [PACKAGE ...]",
    "why": "why PACKAGE",
}
"""How each command is written."""

MOST_COMMANDS = 10
"""Of one comment; the rest of it is passed over, and the answer says so."""

_MOST_CHARACTERS = 65_536
"""GitHub takes no longer comment."""

_LONGEST_LINE = 500
"""Characters of a command; a longer line is cut, and does not parse."""

_MOST_PACKAGES = 50

_PACKAGE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", re.ASCII)
_PINNED = re.compile(r"([A-Za-z0-9._-]{1,100})\s*==\s*(\S{1,100})", re.ASCII)
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_RELEASES = ("major", "minor", "patch", "calendar", "pre", "final")


@dataclass(frozen=True, slots=True)
class Command:
    """One command, understood."""

    name: CommandName
    packages: tuple[str, ...] = ()
    """PEP 503 normalized, no repeats."""
    environment: str | None = None
    """Of `advise`: as written, may name nothing."""
    version: str | None = None
    """Of `pin`, `ignore` and `release`: PEP 440 normalized."""
    release: str | None = None
    """Of `release`: `major`, or another kind; else `version` says it."""
    update: Literal["major", "minor", "patch"] | None = None
    """Of `ignore`: which updates."""
    until: str | None = None
    """Of `ignore`: the last day, `2027-01-31`."""

    @property
    def text(self) -> str:
        """The command as it would be written, without `/thoth`: for answers and for the record."""
        parts: list[str] = [self.name]
        if self.name == "pin":
            return f"pin {self.packages[0]}=={self.version}"
        if self.name == "release":
            return f"release {self.release or self.version}"
        parts += [self.environment] if self.environment else []
        parts += self.packages
        parts += [self.update] if self.update else []
        parts += [f"=={self.version}"] if self.version else []
        parts += ["until", self.until] if self.until else []
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """A line that begins like a command and is none."""

    text: str
    """As written, cut; hostile: escape."""
    reason: str
    """One clause, lower case; quotes nothing."""
    usage: str
    """How the nearest command is written."""


def parse_comment(body: str, *, names: tuple[str, ...] = ()) -> tuple[Command | Misunderstood, ...]:
    """Return the commands of a comment in order, at most `MOST_COMMANDS`.

    `names` are those that the App answers to besides `/thoth`: `names=("thoth-app",)` for
    `@thoth-app`. O(characters).
    """
    found: list[Command | Misunderstood] = []
    for line in own_lines(body[:_MOST_CHARACTERS]):
        words = _addressed(line, names)
        if words is not None:
            found.append(_parse(words))
            if len(found) == MOST_COMMANDS:
                break
    return tuple(found)


def _addressed(line: str, names: tuple[str, ...]) -> str | None:
    """Return what follows the address of a command; None when the line is not one."""
    head, _, rest = line[: _LONGEST_LINE + 1].partition(" ")
    word = head.strip().rstrip(":,").lower()
    if word == "/thoth" or word in {f"@{name.lower()}" for name in names}:
        return rest.strip()
    return None


def _parse(text: str) -> Command | Misunderstood:
    if len(text) > _LONGEST_LINE:
        return Misunderstood(text[:60], "the line is too long", "help")
    words = text.split()
    name = _command_name(words)
    if name is None:
        if not words:
            return Command("help")
        return Misunderstood(text[:200], "there is no such command", _nearest(words))
    rest = words[len(name.split()) :]
    parsed = _ARGUMENTS[name](name, rest)
    if isinstance(parsed, str):
        return Misunderstood(text[:200], parsed, USAGE[name])
    return parsed


def _command_name(words: list[str]) -> CommandName | None:
    for name in COMMANDS:
        parts = name.split()
        if [word.lower() for word in words[: len(parts)]] == parts:
            return name
    return None


def _nearest(words: list[str]) -> str:
    for size in (3, 2, 1):
        said = " ".join(words[:size]).lower()
        near = get_close_matches(said, COMMANDS, n=1, cutoff=0.7)
        for name in COMMANDS:
            if name in near:
                return USAGE[name]
    return USAGE["help"]


def _nothing(name: CommandName, rest: list[str]) -> Command | str:
    return "it takes nothing after it" if rest else Command(name)


def _environment(name: CommandName, rest: list[str]) -> Command | str:
    # An environment's name may hold blanks.
    return Command(name, environment=" ".join(rest) or None)


def _packages(name: CommandName, rest: list[str]) -> Command | str:
    if len(rest) > _MOST_PACKAGES:
        return f"it takes at most {_MOST_PACKAGES} packages"
    packages = [word.rstrip(",") for word in rest]
    if not all(_PACKAGE.fullmatch(package) for package in packages):
        return "not a package name"
    return Command(name, packages=tuple(dict.fromkeys(map(normalize_name, packages))))


def _package(name: CommandName, rest: list[str]) -> Command | str:
    if len(rest) != 1:
        return "it takes one package"
    return _packages(name, rest)


def _pin(name: CommandName, rest: list[str]) -> Command | str:
    match = _PINNED.fullmatch(" ".join(rest))
    if match is None or not _PACKAGE.fullmatch(match[1]):
        return "it takes a package and its version"
    try:
        version = normalize_version(match[2])
    except ValueError:
        return "not a PEP 440 version"
    return Command(name, packages=(normalize_name(match[1]),), version=version)


def parse_release(name: CommandName, rest: list[str]) -> Command | str:
    """Return the command to release what the words say, or what is wrong with them."""
    if len(rest) == 1 and rest[0].lower() in _RELEASES:
        return Command(name, release=rest[0].lower())
    try:
        return Command(name, version=normalize_version(" ".join(rest)))
    except ValueError:
        return f"it takes one of {', '.join(_RELEASES)}, or a version"


def _ignore(name: CommandName, rest: list[str]) -> Command | str:
    until = None
    if len(rest) >= 2 and rest[-2].lower() == "until":
        until = rest[-1]
        rest = rest[:-2]
        if not _DATE.fullmatch(until):
            return "not a date such as 2027-01-31"
    kind: Literal["major", "minor", "patch"] | None = None
    for known in ("major", "minor", "patch"):
        if len(rest) == 2 and rest[1].lower() == known:
            kind = known
    if kind is not None or (len(rest) == 1 and "==" not in rest[0]):
        package = _package(name, rest[:1])
        if isinstance(package, str):
            return package
        return Command(name, packages=package.packages, update=kind, until=until)
    pinned = _pin(name, rest)
    if isinstance(pinned, str):
        return "it takes a package, and perhaps major, minor, patch or one version"
    return Command(name, packages=pinned.packages, version=pinned.version, until=until)


_ARGUMENTS = {
    "advise": _environment,
    "cancel": _nothing,
    "close": _nothing,
    "config": _nothing,
    "explain": _nothing,
    "help": _nothing,
    "ignore": _ignore,
    "info": _nothing,
    "merge when green": _nothing,
    "pin": _pin,
    "rebase": _nothing,
    "recreate": _nothing,
    "release": parse_release,
    "reopen": _nothing,
    "show ignores": _nothing,
    "split": _package,
    "undo": _nothing,
    "unignore": _package,
    "update": _packages,
    "why": _package,
}
