"""Renovate's `renovate.json`, also as JSON5. Pure.

https://docs.renovatebot.com/configuration-options/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.standards import normalize_name
from bot.importing.interface import Imported
from bot.importing.json5 import read_json5
from bot.importing.tree import entries, is_false, is_true, items, text, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor_core.config.yaml_tree import Node

__all__ = ["Renovate"]

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_AGE = re.compile(r"(\d{1,3})\s*(day|week|month)s?", re.ASCII)
_DAYS = {"day": 1, "week": 7, "month": 30}
_KINDS = ("patch", "minor", "major")
_NAMES = ("matchPackageNames", "matchDepNames")

_WITHOUT = {
    "$schema": "",
    "description": "",
    "dependencyDashboard": "Thoth keeps a dashboard by itself",
    "extends": "presets are not followed: say here what of them is wanted",
    "lockFileMaintenance": "every run looks at the whole lockfile",
    "packageRules": "",
    "prHourlyLimit": "`limits` counts what is opened in a day",
    "branchConcurrentLimit": "there is one pull request per lockfile",
    "rangeStrategy": "Thoth changes lockfiles and leaves the manifest's ranges to people",
    "rebaseWhen": "a pull request is computed anew when it has to be",
    "osvVulnerabilityAlerts": "Thoth reads advisories by itself",
    "vulnerabilityAlerts": "Thoth reads advisories by itself",
    "hostRules": "the manifest names the indexes, the App's operator their credentials",
    "enabledManagers": "Thoth finds the manifests that it knows",
}


class Renovate:
    """An `Importer`."""

    paths = (
        "renovate.json",
        "renovate.json5",
        ".github/renovate.json",
        ".github/renovate.json5",
        ".renovaterc",
        ".renovaterc.json",
        ".renovaterc.json5",
    )

    def read(self, content: bytes, path: str) -> Node | None:
        """Return the file as a tree. Raises InputError."""
        return read_json5(content, path)

    def convert(self, root: Node | None) -> Imported:
        """Return what it says."""
        imported = Imported()
        top = entries(root)
        for key, node in top.items():
            _convert_key(key, node, imported)
        for place, rule in enumerate(items(top.get("packageRules"))):
            _convert_rule(entries(rule), f"packageRules[{place}]", imported)
        return imported


def _convert_key(key: str, node: Node, imported: Imported) -> None:
    if key in _CONVERTERS:
        _CONVERTERS[key](key, node, imported)
    elif reason := _WITHOUT.get(key, "there is nothing like it"):
        imported.leave(key, reason)


def _convert_enabled(key: str, node: Node, imported: Imported) -> None:
    if is_false(node):
        imported.carry(key, "mode", value="silent")


def _convert_schedule(key: str, node: Node, imported: Imported) -> None:
    when = texts(node)
    if when and when != ["at any time"]:
        imported.carry(key, "schedule", "when", value=when)


def _convert_limit(key: str, node: Node, imported: Imported) -> None:
    said = text(node)
    if said.isdecimal() and 0 < int(said[:4]) <= 1000:
        imported.carry(key, "limits", "open_pull_requests", value=int(said))
    elif said != "0":
        imported.leave(key, "not a number of pull requests")


def _convert_semantic(key: str, node: Node, imported: Imported) -> None:
    words = {"enabled": "always", "disabled": "never", "auto": "auto"}
    if text(node) in words:
        imported.carry(key, "pull_requests", "conventional", value=words[text(node)])
    else:
        imported.leave(key, "not a value that Renovate documents")


def _convert_timezone(key: str, node: Node, imported: Imported) -> None:
    imported.carry(key, "schedule", "timezone", value=text(node))


def _convert_ignored(key: str, node: Node, imported: Imported) -> None:
    for name in texts(node):
        _ignore(name, "all", key, imported)


def _convert_automerge(key: str, node: Node, imported: Imported) -> None:
    if is_true(node):
        imported.carry(key, "mode", value="automerge")
        imported.carry(key, "automerge", "updates", value=list(_KINDS))


def _convert_people(key: str, node: Node, imported: Imported) -> None:
    name = "labels" if key == "addLabels" else key
    imported.carry(key, "pull_requests", name, value=texts(node))


def _convert_age(key: str, node: Node, imported: Imported) -> None:
    said = text(node)
    match = _AGE.fullmatch(f"{said} days" if said.isdecimal() else said)
    if match is None:
        imported.leave(key, "not a number of days, weeks or months")
    else:
        days = int(match[1]) * _DAYS[match[2]]
        imported.carry(key, "advice", "cooldown_days", value=days)


def _convert_rule(rule: dict[str, Node], source: str, imported: Imported) -> None:
    names = [name for key in _NAMES for name in texts(rule.get(key))]
    kinds = texts(rule.get("matchUpdateTypes"))
    known = {*_NAMES, "matchUpdateTypes", "description", "enabled", "allowedVersions", "automerge"}
    for key in rule:
        if key.startswith("match") and key not in known:
            # A rule that is narrower than what can be said here must not become a wider one.
            imported.leave(source, "it depends on more than names and kinds of updates")
            return
    for key in rule:
        if key not in known:
            imported.leave(f"{source}.{key}", _WITHOUT.get(key) or "there is nothing like it")
    if "allowedVersions" in rule:
        for name in _known(names, source, imported):
            value = {"name": name, "allow": text(rule["allowedVersions"])}
            imported.carry(f"{source}.allowedVersions", "packages", value=[value])
    if is_false(rule.get("enabled")):
        _convert_disabled(names, kinds, source, imported)
    if is_true(rule.get("automerge")):
        wanted = [kind for kind in _KINDS if kind in kinds]
        if names or not wanted:
            imported.leave(f"{source}.automerge", "what is merged is told by kinds of updates")
        else:
            imported.carry(f"{source}.automerge", "mode", value="automerge")
            imported.carry(f"{source}.automerge", "automerge", "updates", value=wanted)


def _convert_disabled(names: list[str], kinds: list[str], source: str, imported: Imported) -> None:
    if not names:
        imported.leave(f"{source}.enabled", "a rule names packages")
    for name in names:
        for kind in kinds or ["all"]:
            _ignore(name, kind, source, imported)


def _ignore(name: str, what: str, source: str, imported: Imported) -> None:
    for known in _known([name], source, imported):
        if what in {"all", *_KINDS}:
            value = {"name": known, "ignore": what}
            imported.carry(source, "packages", value=[value])
        else:
            imported.leave(source, "not a kind of update that Thoth knows")


def _known(names: list[str], source: str, imported: Imported) -> list[str]:
    found = []
    for name in names:
        if _NAME.fullmatch(name):
            found.append(normalize_name(name))
        else:
            imported.leave(source, "a rule names packages, without patterns")
    return found


_CONVERTERS: dict[str, Callable[[str, Node, Imported], None]] = {
    "addLabels": _convert_people,
    "assignees": _convert_people,
    "automerge": _convert_automerge,
    "enabled": _convert_enabled,
    "ignoreDeps": _convert_ignored,
    "labels": _convert_people,
    "minimumReleaseAge": _convert_age,
    "prConcurrentLimit": _convert_limit,
    "reviewers": _convert_people,
    "schedule": _convert_schedule,
    "semanticCommits": _convert_semantic,
    "timezone": _convert_timezone,
}
