"""The configuration's documentation names every key, and its example is valid."""

from __future__ import annotations

import re
from pathlib import Path

from advisor_core.config import read_configuration
from advisor_core.config.model import RECOMMENDATION_TYPES
from advisor_core.config.pull_requests import TITLE_FIELDS
from advisor_core.config.schedule_words import parse_when
from advisor_core.config.schema import (
    CONVENTIONAL,
    ENVIRONMENT_KEYS,
    GROUP_KEYS,
    LIMIT_KEYS,
    MANAGER_CONFIGURATION,
    MANAGER_KEYS,
    MODES,
    PULL_REQUEST_KEYS,
    REQUIREMENTS_FORMATS,
    RULE_KEYS,
    SCHEDULE_KEYS,
    SCHEDULE_SECURITY,
    TOP_KEYS,
)

TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()


def keys_of_table(heading):
    table = TEXT.split(heading, 1)[1].split("\n\n", 2)[1]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    return {key for cell in cells for key in re.findall(r"`([^`]+)`", cell)}


def test_the_tables_name_exactly_the_keys_of_the_schema():
    assert keys_of_table("## Keys") == set(TOP_KEYS)
    assert keys_of_table("Keys of a runtime environment:") == set(ENVIRONMENT_KEYS)
    assert keys_of_table("Keys of a rule in `packages`") == set(RULE_KEYS)
    assert keys_of_table("Keys of `pull_requests`") == set(PULL_REQUEST_KEYS)
    assert keys_of_table("Keys of `schedule`") == set(SCHEDULE_KEYS)


def test_every_choice_is_named():
    prose = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
    named = set(re.findall(r"`([^`]+)`", prose))
    choices = {
        *MODES,
        *RECOMMENDATION_TYPES,
        *REQUIREMENTS_FORMATS,
        *MANAGER_CONFIGURATION,
        *MANAGER_KEYS,
        *SCHEDULE_SECURITY,
        *LIMIT_KEYS,
        *GROUP_KEYS,
        *CONVENTIONAL,
        *(f"{{{name}}}" for name in TITLE_FIELDS),
    }
    assert choices <= named


def test_the_example_is_valid():
    example = TEXT.split("```yaml\n", 1)[1].split("```", 1)[0]
    configuration = read_configuration(example.encode())
    assert [environment.name for environment in configuration.environments] == [
        "ubi8-py311",
        "slim",
    ]
    assert configuration.folders == ("overlays/ubi8-py311", "overlays/slim")


def test_what_the_schedules_documentation_shows_is_understood():
    rows = TEXT.split("| schedule | open |")[1].split("\n\n")[0]
    lines = re.findall(r"^\| `([^`]+)`", rows, flags=re.MULTILINE)
    assert len(lines) > 8
    for line in lines:
        assert parse_when(line)
    example = TEXT.split("```yaml\nschedule:", 1)[1].split("```", 1)[0]
    schedule = read_configuration(b"schedule:" + example.encode()).schedule
    assert schedule is not None
    assert (schedule.timezone, len(schedule.holidays)) == ("Europe/Berlin", 3)
