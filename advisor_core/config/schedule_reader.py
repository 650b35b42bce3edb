"""Reads `schedule` of a `.thoth.yaml`. Performs no I/O but looking up names of time zones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.config.rule_reader import RuleReader
from advisor_core.config.schedule import Holiday, Schedule
from advisor_core.config.schedule_words import parse_when
from advisor_core.config.schema import MOST_HOLIDAYS, MOST_TIMES, SCHEDULE_KEYS, SCHEDULE_SECURITY
from advisor_core.config.values import is_null, suggest
from advisor_core.config.yaml_tree import MappingNode, SequenceNode

if TYPE_CHECKING:
    from advisor_core.config.schedule import DayRule
    from advisor_core.config.yaml_tree import Node

__all__ = ["ScheduleReader"]

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", re.ASCII)
_MONTH_DAY = r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_DAYS_OFF = re.compile(
    rf"(?P<first>(?P<year>\d{{4}}-)?{_MONTH_DAY})(?: ?\.\. ?(?P<last>(?P<until>\d{{4}}-)?{_MONTH_DAY}))?",
    re.ASCII,
)
_COUNTRY = re.compile(r"(?P<country>[A-Z]{2})(?:-(?P<part>[A-Z0-9]{1,3}))?", re.ASCII)

_EXAMPLES = (
    "write `every weekday`, `before 5am on monday`, `18:00-08:00`, `monthly`, or cron: `0 5 * * 1`"
)


class ScheduleReader(RuleReader):
    """Methods that read `schedule`."""

    def read_schedule(self, node: Node | None) -> Schedule | None:
        """Return the schedule; a text or a list is short for its `when`."""
        if node is None or is_null(node):
            return None
        if not isinstance(node, MappingNode):
            windows, text = self._read_times(node, "schedule")
            return Schedule(windows, text)
        self.check_keys(node, SCHEDULE_KEYS, "`schedule`")
        entries = node.entries
        windows, text = self._read_times(entries.get("when"), "when")
        quiet, _ = self._read_times(entries.get("quiet_hours"), "quiet_hours")
        security = self.choice(entries.get("security"), "security", SCHEDULE_SECURITY)
        return Schedule(
            windows,
            text,
            self._read_timezone(entries.get("timezone")),
            self._read_holidays(entries.get("holidays")),
            quiet,
            holds_security=security == "scheduled",
        )

    def _read_times(self, node: Node | None, what: str) -> tuple[tuple[DayRule, ...], str]:
        default = Schedule()
        if node is None or is_null(node):
            return default.windows, default.text
        items = node.items if isinstance(node, SequenceNode) else [node]
        if len(items) > MOST_TIMES:
            self.fault(node, f"more than {MOST_TIMES} lines in `{what}`")
            return default.windows, default.text
        rules: list[DayRule] = []
        texts: list[str] = []
        for item in items:
            text = self.text(item, what)
            if text is None:
                continue
            try:
                rules.append(parse_when(text[:_LONGEST_LINE]))
                texts.append(" ".join(text.split()))
            except ValueError as exc:
                self.fault(item, f"`{what}`: {exc}", _EXAMPLES)
        if not texts or "at any time" in texts:
            return default.windows, default.text
        return tuple(rules), "; ".join(texts)

    def _read_timezone(self, node: Node | None) -> str:
        text = self.text(node, "timezone")
        if node is None or text is None:
            return "UTC"
        import zoneinfo  # noqa: PLC0415 - slow, and few configurations name one

        try:
            if not _ZONE.fullmatch(text):
                raise ValueError(text)  # noqa: TRY301 - one message for all that is no zone
            return zoneinfo.ZoneInfo(text).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            known = zoneinfo.available_timezones()
            near = suggest(text, known) if len(text) < 60 else ""
            hint = (
                near
                if near.startswith("did you")
                else "write `Europe/Berlin`, `America/New_York`, `UTC`"
            )
            self.fault(
                node, f"`timezone` is not a name of IANA's time zone database: {text[:60]!r}", hint
            )
            return "UTC"

    def _read_holidays(self, node: Node | None) -> tuple[Holiday, ...]:
        if node is None or is_null(node):
            return ()
        items = node.items if isinstance(node, SequenceNode) else [node]
        if len(items) > MOST_HOLIDAYS:
            self.fault(node, f"more than {MOST_HOLIDAYS} `holidays`")
            return ()
        found = (self._read_holiday(item) for item in items)
        return tuple(each for each in found if each is not None)

    def _read_holiday(self, node: Node) -> Holiday | None:
        text = self.text(node, "holidays", number=True)
        if text is None:
            return None
        days = _DAYS_OFF.fullmatch(text)
        if days is not None:
            first, last = days["first"], days["last"] or days["first"]
            alike = bool(days["year"]) == bool(days["until"]) or days["last"] is None
            if alike and (first <= last or not days["year"]):
                return Holiday(first, last)
        country = _COUNTRY.fullmatch(text.upper())
        if days is None and country is not None and _is_known(country["country"], country["part"]):
            return Holiday(country=text.upper())
        self.fault(
            node,
            f"`holidays` is neither days nor a country: {text[:60]!r}",
            "write `2026-12-24`, `2026-12-24..2027-01-02`, `12-25` for each year, or `DE`, `DE-BE`",
        )
        return None


_LONGEST_LINE = 200
"""Characters of one line of times; what is longer is not understood."""


def _is_known(country: str, part: str | None) -> bool:
    import holidays  # noqa: PLC0415 - slow, and few configurations name a country

    known = holidays.list_supported_countries()
    return country in known and (part is None or part in known[country])
