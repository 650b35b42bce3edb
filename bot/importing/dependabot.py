"""Dependabot's `dependabot.yml`, version 2. Pure.

https://docs.github.com/code-security/dependabot/working-with-dependabot/dependabot-options-reference
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.config.yaml_tree import read_yaml
from advisor_core.standards import normalize_name
from bot.importing.interface import Imported
from bot.importing.tree import entries, items, text, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.config.yaml_tree import Node

__all__ = ["Dependabot"]

_PYTHON = frozenset({"pip", "uv", "pipenv", "poetry", "pip-compile"})
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_PATTERN = re.compile(r"[A-Za-z0-9*][A-Za-z0-9.*_-]*", re.ASCII)
_TYPES = {f"version-update:semver-{kind}": kind for kind in ("major", "minor", "patch")}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_WITHOUT = {
    "allow": "every package of a lockfile is looked at; ignore those that are not to move",
    "directories": "Thoth finds the manifests of the root, and of overlays",
    "directory": "Thoth finds the manifests of the root, and of overlays",
    "exclude-paths": "Thoth finds the manifests of the root, and of overlays",
    "insecure-external-code-execution": "Thoth never runs code of a repository or of a package",
    "milestone": "Thoth sets no milestones",
    "pull-request-branch-name": "the names of Thoth's branches are fixed",
    "rebase-strategy": "a pull request is computed anew when it has to be",
    "registries": "the manifest names the indexes, the App's operator their credentials",
    "target-branch": "Thoth proposes changes of the default branch",
    "vendor": "Thoth vendors nothing",
    "versioning-strategy": "Thoth changes lockfiles and leaves the manifest's ranges to people",
}


class Dependabot:
    """An `Importer`."""

    paths = (".github/dependabot.yml", ".github/dependabot.yaml")

    def read(self, content: bytes, path: str) -> Node | None:
        """Return the file as a tree. Raises InputError."""
        return read_yaml(content, path)

    def convert(self, root: Node | None) -> Imported:
        """Return what it says of Python."""
        imported = Imported()
        top = entries(root)
        for key in top:
            if key not in {"version", "updates"}:
                imported.leave(key, _WITHOUT.get(key, "there is nothing like it"))
        for place, update in enumerate(items(top.get("updates"))):
            _convert_update(entries(update), f"updates[{place}]", imported)
        return imported


def _convert_update(update: dict[str, Node], where: str, imported: Imported) -> None:
    ecosystem = text(update.get("package-ecosystem"))
    if ecosystem not in _PYTHON:
        imported.leave(where, "not about Python packages: leave Dependabot to it")
        return
    for key, node in update.items():
        source = f"{where}.{key}"
        if key in _CONVERTERS:
            _CONVERTERS[key](node, source, imported)
        elif key in {"labels", "assignees", "reviewers"}:
            imported.carry(source, "pull_requests", key, value=texts(node))
        elif key != "package-ecosystem":
            imported.leave(source, _WITHOUT.get(key, "there is nothing like it"))


def _convert_schedule(node: Node, source: str, imported: Imported) -> None:
    schedule = entries(node)
    interval = text(schedule.get("interval")).lower()
    day = text(schedule.get("day")).lower() or "monday"
    when = {
        "daily": "every weekday",
        "weekly": f"on {day}" if day in _DAYS else "",
        "monthly": "on the first day of the month",
        "cron": text(schedule.get("cronjob")),
    }.get(interval, "")
    if not when:
        imported.leave(source, "not an interval that Thoth knows")
        return
    imported.carry(f"{source}.interval", "schedule", "when", value=when)
    if "timezone" in schedule:
        zone = text(schedule["timezone"])
        imported.carry(f"{source}.timezone", "schedule", "timezone", value=zone)
    if "time" in schedule:
        imported.leave(f"{source}.time", "the day counts, not the minute")


def _convert_limit(node: Node, source: str, imported: Imported) -> None:
    said = text(node)
    if said == "0":
        imported.carry(source, "mode", value="advise")
    elif said.isdecimal() and len(said) <= 3:
        imported.carry(source, "limits", "open_pull_requests", value=int(said))
    else:
        imported.leave(source, "not a number of pull requests")


def _convert_groups(node: Node, source: str, imported: Imported) -> None:
    for name, group in entries(node).items():
        _convert_group(name, entries(group), f"{source}.{name}", imported)


def _convert_group(name: str, group: dict[str, Node], source: str, imported: Imported) -> None:
    if text(group.get("applies-to")) == "security-updates":
        imported.leave(source, "a lockfile's security updates are one pull request")
        return
    if {"exclude-patterns", "dependency-type"} & set(group):
        imported.leave(source, "a group is told by patterns and kinds of updates")
        return
    patterns = [each for each in texts(group.get("patterns")) if _PATTERN.fullmatch(each)]
    if len(patterns) != len(texts(group.get("patterns"))):
        imported.leave(source, "a pattern has only letters, digits, `*`, `.`, `-` and `_`")
        return
    value: dict[str, object] = {"name": name}
    if patterns:
        value["packages"] = patterns
    kinds = [kind for kind in texts(group.get("update-types")) if kind in _TYPES.values()]
    if kinds:
        value["updates"] = kinds
    imported.carry(source, "groups", value=[value])


def _convert_message(node: Node, source: str, imported: Imported) -> None:
    message = entries(node)
    for key in message:
        if key != "prefix":
            imported.leave(f"{source}.{key}", "one prefix holds for every update")
    prefix = text(message.get("prefix"))
    if prefix and "{" not in prefix and len(prefix) <= 50:
        # As Dependabot does: https://docs.github.com/code-security/reference/supply-chain-security/dependabot-options-reference
        mark = ":" if prefix[-1].isalnum() or prefix[-1] in ")]" else ""
        template = f"{prefix}{mark} {{title}}"
        for name in ("title", "commit_message"):
            imported.carry(f"{source}.prefix", "pull_requests", name, value=template)


def _convert_cooldown(node: Node, source: str, imported: Imported) -> None:
    for key, value in entries(node).items():
        days = text(value)
        if key == "default-days" and days.isdecimal():
            imported.carry(f"{source}.{key}", "advice", "cooldown_days", value=int(days))
        else:
            imported.leave(f"{source}.{key}", "one number of days holds for every package")


def _convert_ignores(node: Node, source: str, imported: Imported) -> None:
    for place, rule in enumerate(items(node)):
        _convert_ignore(entries(rule), f"{source}[{place}]", imported)


def _convert_ignore(rule: dict[str, Node], source: str, imported: Imported) -> None:
    name = text(rule.get("dependency-name"))
    if not _NAME.fullmatch(name):
        imported.leave(source, "a rule names packages, without wildcards")
        return
    whats: list[str] = []
    for kind in texts(rule.get("update-types")):
        if kind in _TYPES:
            whats.append(_TYPES[kind])
        else:
            imported.leave(f"{source}.update-types", "not a kind of update that Thoth knows")
    whats += texts(rule.get("versions"))
    if "update-types" not in rule and "versions" not in rule:
        whats = ["all"]
    for what in whats:
        value = {"name": normalize_name(name), "ignore": what}
        imported.carry(source, "packages", value=[value])


_CONVERTERS: dict[str, Callable[[Node, str, Imported], None]] = {
    "commit-message": _convert_message,
    "cooldown": _convert_cooldown,
    "groups": _convert_groups,
    "ignore": _convert_ignores,
    "open-pull-requests-limit": _convert_limit,
    "schedule": _convert_schedule,
}
