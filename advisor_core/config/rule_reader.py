"""Reads `packages` of a `.thoth.yaml`: the rules for single packages. Performs no I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.config.rules import UPDATE_KINDS, Ignored, PackageRule
from advisor_core.config.schema import IGNORE_KEYS, MOST_RULES, RULE_KEYS
from advisor_core.config.values import Reader, is_null
from advisor_core.config.yaml_tree import MappingNode, SequenceNode
from advisor_core.model import Origin
from advisor_core.standards import normalize_name, normalize_version, specifier_contains
from advisor_core.standards.satisfiable import is_unsatisfiable

if TYPE_CHECKING:
    from advisor_core.config.yaml_tree import Node

__all__ = ["RuleReader"]

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_CLAUSE = re.compile(r"(==|>=|<=|>|<)\s*(\S+)", re.ASCII)
_COMPLEMENT = {"==": "!=", ">=": "<", "<=": ">", ">": "<=", "<": ">="}
"""What is kept when the releases of a clause are ignored (PEP 440, version specifiers)."""


class RuleReader(Reader):
    """Methods that read `packages`."""

    def read_rules(self, node: Node | None) -> tuple[PackageRule, ...]:
        """Return the rules in the order written."""
        sequence = self.sequence(node, "packages")
        if sequence is None:
            return ()
        if len(sequence.items) > MOST_RULES:
            self.fault(sequence, f"more than {MOST_RULES} rules in `packages`")
            return ()
        rules = (self._read_rule(item) for item in sequence.items)
        return tuple(rule for rule in rules if rule is not None)

    def _read_rule(self, node: Node) -> PackageRule | None:
        mapping = self.mapping(node, "packages[]")
        if mapping is None:
            return None
        self.check_keys(mapping, RULE_KEYS, "a rule of `packages`")
        entries = mapping.entries
        names = self._read_package_names(entries.get("name"), mapping)
        rule = PackageRule(
            names=names,
            origin=Origin(self.path, mapping.line),
            allow=self._read_specifier(entries.get("allow"), "allow"),
            pin=self._read_pin(entries.get("pin")),
            ignore=self._read_ignores(entries.get("ignore")),
            index=self.text(entries.get("index"), "index"),
            prereleases=self.boolean(entries.get("prereleases"), "prereleases"),
        )
        if set(entries) <= {"name"}:
            self.fault(
                mapping,
                "a rule of `packages` that says nothing",
                "add `allow`, `pin`, `ignore`, `index` or `prereleases`",
            )
        return rule if names else None

    def _read_package_names(self, node: Node | None, rule: MappingNode) -> tuple[str, ...]:
        if node is None or is_null(node):
            self.fault(rule, "a rule of `packages` without `name`", "add `name: PACKAGE`")
            return ()
        items = node.items if isinstance(node, SequenceNode) else [node]
        names = []
        for item in items:
            text = self.text(item, "name", number=True)
            if text is None:
                continue
            if _NAME.fullmatch(text):
                names.append(normalize_name(text))
            else:
                self.fault(item, f"not a package name: {text[:60]!r}", "write it as on the index")
        return tuple(dict.fromkeys(names))

    def _read_specifier(self, node: Node | None, what: str) -> str | None:
        text = self.text(node, what, number=True)
        if node is None or text is None:
            return None
        try:
            specifier_contains(text, "1")
            nothing = is_unsatisfiable(text)
        except ValueError:
            self.fault(
                node, f"`{what}` is not a PEP 440 specifier: {text[:60]!r}", "write `>=1.2,<2`"
            )
            return None
        if nothing:
            hint = "a comma means `and`"
            self.fault(node, f"`{what}` holds no version at all: {text[:60]!r}", hint)
            return None
        return text

    def _read_pin(self, node: Node | None) -> str | None:
        text = self.text(node, "pin", number=True)
        if node is None or text is None:
            return None
        try:
            return normalize_version(text.removeprefix("==").strip())
        except ValueError:
            self.fault(node, f"`pin` is not a PEP 440 version: {text[:60]!r}", "write `1.2.3`")
            return None

    def _read_ignores(self, node: Node | None) -> tuple[Ignored, ...]:
        if node is None or is_null(node):
            return ()
        items = node.items if isinstance(node, SequenceNode) else [node]
        found = (self._read_ignore(item) for item in items)
        return tuple(ignored for ignored in found if ignored is not None)

    def _read_ignore(self, node: Node) -> Ignored | None:
        if not isinstance(node, MappingNode):
            return self._ignored(node, node, None)
        self.check_keys(node, IGNORE_KEYS, "`ignore`")
        update = node.entries.get("update")
        if update is None or is_null(update):
            self.fault(node, "`ignore` without `update`", "add `update: major`")
            return None
        return self._ignored(update, node, self._read_date(node.entries.get("until")))

    def _ignored(self, value: Node, whole: Node, until: str | None) -> Ignored | None:
        text = self.text(value, "ignore", number=True)
        if text is None:
            return None
        origin = Origin(self.path, whole.line)
        for kind in UPDATE_KINDS:
            if text.lower() == kind:
                return Ignored(origin, update=kind, text=kind, until=until)
        clause = _CLAUSE.fullmatch(text)
        kept = f"{_COMPLEMENT[clause[1]]}{clause[2]}" if clause else ""
        try:
            if clause is None or "," in text:
                raise ValueError(text)  # noqa: TRY301 - one message for all that is no clause
            specifier_contains(text, "1")
            specifier_contains(kept, "1")
        except ValueError:
            self.fault(
                value,
                f"`ignore` is neither a kind of update nor one PEP 440 clause: {text[:60]!r}",
                f"write {', '.join(UPDATE_KINDS)}, or `==2.1`, `>=3`",
            )
            return None
        return Ignored(origin, specifier=kept, text=text, until=until)

    def _read_date(self, node: Node | None) -> str | None:
        text = self.text(node, "until", number=True)
        if node is None or text is None:
            return None
        if not _DATE.fullmatch(text):
            self.fault(node, f"`until` is not a date: {text[:60]!r}", "write `2027-01-31`")
            return None
        return text
