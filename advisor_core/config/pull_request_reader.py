"""Reads `pull_requests` of a `.thoth.yaml`. Performs no I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.config.pull_requests import (
    CODEOWNERS,
    TITLE_FIELDS,
    Group,
    Limits,
    PullRequestSettings,
)
from advisor_core.config.schedule_reader import ScheduleReader
from advisor_core.config.schema import (
    AUTOMERGE_UPDATES,
    CONVENTIONAL,
    GROUP_KEYS,
    LIMIT_KEYS,
    MOST_GROUPS,
    MOST_LABELS,
    MOST_PEOPLE,
    PULL_REQUEST_KEYS,
)
from advisor_core.config.yaml_tree import ScalarNode

if TYPE_CHECKING:
    from advisor_core.config.yaml_tree import Node

__all__ = ["PullRequestReader"]

_LARGEST_LIMIT = 1000
_MOST_PATTERNS = 100
_PATTERN = re.compile(r"[A-Za-z0-9*?][A-Za-z0-9._*?-]{0,99}", re.ASCII)
_LONGEST_TEMPLATE = 200

_LONGEST_LABEL = 50
"""Characters that GitHub takes."""

_LOGIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:_[A-Za-z0-9]{1,16})?"
"""https://docs.github.com/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
(managed users have a short code behind `_`)."""
_PERSON = re.compile(_LOGIN, re.ASCII)
_TEAM = re.compile(rf"{_LOGIN}/[A-Za-z0-9][A-Za-z0-9_.-]{{0,99}}", re.ASCII)


class PullRequestReader(ScheduleReader):
    """Methods that read `pull_requests`."""

    def read_pull_requests(self, node: Node | None) -> PullRequestSettings:
        """Return the settings."""
        mapping = self.mapping(node, "pull_requests")
        if mapping is None:
            return PullRequestSettings()
        self.check_keys(mapping, PULL_REQUEST_KEYS, "`pull_requests`")
        entries = mapping.entries
        return PullRequestSettings(
            labels=self._read_labels_to_set(entries.get("labels")),
            assignees=self._read_people(entries.get("assignees"), "assignees", teams=False),
            reviewers=self._read_people(entries.get("reviewers"), "reviewers", teams=True),
            conventional=self.choice(entries.get("conventional"), "conventional", CONVENTIONAL)
            or "auto",
            title=self._read_template(entries.get("title"), "title"),
            commit_message=self._read_template(entries.get("commit_message"), "commit_message"),
        )

    def read_limits(self, node: Node | None) -> Limits:
        """Return the limits."""
        mapping = self.mapping(node, "limits")
        if mapping is None:
            return Limits()
        self.check_keys(mapping, LIMIT_KEYS, "`limits`")
        numbers: dict[str, int | None] = {}
        for key in LIMIT_KEYS:
            value = mapping.entries.get(key)
            number = self.integer(value, key)
            if value is not None and number is not None and not 1 <= number <= _LARGEST_LIMIT:
                hint = "write `mode: advise` for no pull requests at all" if number == 0 else ""
                self.fault(value, f"`{key}` must be between 1 and {_LARGEST_LIMIT}: {number}", hint)
                number = None
            numbers[key] = number
        return Limits(**numbers)

    def read_groups(self, node: Node | None) -> tuple[Group, ...]:
        """Return the groups in the order written."""
        sequence = self.sequence(node, "groups")
        if sequence is None:
            return ()
        if len(sequence.items) > MOST_GROUPS:
            self.fault(sequence, f"more than {MOST_GROUPS} `groups`")
            return ()
        found: dict[str, Group] = {}
        for item in sequence.items:
            group = self._read_group(item)
            if group is not None and group.name in found:
                self.fault(item, f"a group of this name is already there: {group.name!r}")
            elif group is not None:
                found[group.name] = group
        return tuple(found.values())

    def _read_group(self, node: Node) -> Group | None:
        mapping = self.mapping(node, "groups[]")
        if mapping is None:
            return None
        self.check_keys(mapping, GROUP_KEYS, "a group")
        entries = mapping.entries
        name = self.text(entries.get("name"), "name")
        if name is None or len(name) > _LONGEST_LABEL:
            self.fault(mapping, "a group without `name`, or with a long one", "add `name: tests`")
            return None
        patterns = []
        for item, text in self._read_texts(entries.get("packages"), "packages", _MOST_PATTERNS):
            if _PATTERN.fullmatch(text):
                patterns.append(re.sub(r"[-_.]+", "-", text).lower())
            else:
                self.fault(
                    item,
                    f"not a pattern of package names: {text[:60]!r}",
                    "write `pytest*`, `django-*` or a name",
                )
        kinds = []
        for item, text in self._read_texts(entries.get("updates"), "updates", 3):
            if text.lower() in AUTOMERGE_UPDATES:
                kinds.append(text.lower())
            else:
                known = ", ".join(AUTOMERGE_UPDATES)
                self.fault(item, f"`updates` must be of {known}: {text[:60]!r}")
        default = Group(name)
        return Group(name, tuple(patterns) or default.packages, tuple(kinds) or default.updates)

    def _read_template(self, node: Node | None, what: str) -> str:
        text = self.text(node, what)
        if node is None or text is None:
            return ""
        named = re.findall(r"\{([^{}]*)\}", text)
        if len(text) > _LONGEST_TEMPLATE or not named or not set(named) <= set(TITLE_FIELDS):
            fields = ", ".join(f"`{{{name}}}`" for name in TITLE_FIELDS)
            self.fault(
                node,
                f"`{what}` is not a template: {text[:60]!r}",
                f"write at most {_LONGEST_TEMPLATE} characters with at least one of {fields}",
            )
            return ""
        return text

    def _read_texts(self, node: Node | None, what: str, most: int) -> list[tuple[Node, str]]:
        """Return the texts of a list, or of one text, with where they are."""
        if isinstance(node, ScalarNode):
            text = self.text(node, what)
            return [] if text is None else [(node, text)]
        sequence = self.sequence(node, what)
        if sequence is None:
            return []
        if len(sequence.items) > most:
            self.fault(sequence, f"more than {most} `{what}`")
            return []
        read = ((item, self.text(item, what)) for item in sequence.items)
        return [(item, text) for item, text in read if text is not None]

    def _read_labels_to_set(self, node: Node | None) -> tuple[str, ...]:
        labels: dict[str, None] = {}
        for item, text in self._read_texts(node, "labels", MOST_LABELS):
            if len(text) > _LONGEST_LABEL:
                self.fault(item, f"a label has at most {_LONGEST_LABEL} characters: {text[:60]!r}")
            else:
                labels[text] = None
        return tuple(labels)

    def _read_people(self, node: Node | None, what: str, *, teams: bool) -> tuple[str, ...]:
        people: dict[str, None] = {}
        for item, text in self._read_texts(node, what, MOST_PEOPLE):
            name = text.removeprefix("@")
            if name == CODEOWNERS or _PERSON.fullmatch(name) or (teams and _TEAM.fullmatch(name)):
                people[name] = None
                continue
            more = ", `owner/team`" if teams else ""
            self.fault(
                item,
                f"`{what}` names nobody on GitHub: {text[:60]!r}",
                f"write a login{more}, or `{CODEOWNERS}` for whom that file names",
            )
        return tuple(people)
