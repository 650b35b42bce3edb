"""The JSON Schema that editors use knows exactly the keys that the reader knows."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from advisor_core.config import read_configuration
from advisor_core.config.model import RECOMMENDATION_TYPES
from advisor_core.config.schema import (
    ADVICE_KEYS,
    AUTOMERGE_KEYS,
    AUTOMERGE_UPDATES,
    BISECT_KEYS,
    ENVIRONMENT_KEYS,
    GROUP_KEYS,
    IGNORE_KEYS,
    LIMIT_KEYS,
    MANAGER_CONFIGURATION,
    MODES,
    PULL_REQUEST_KEYS,
    RULE_KEYS,
    SCHEDULE_KEYS,
    SCHEDULE_SECURITY,
    TOP_KEYS,
)
from advisor_core.errors import InputError

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "thoth.schema.json").read_text())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
TOP = SCHEMA["properties"]

GOOD = [
    "{}",
    "mode: advise\nextends: .github\nadvice: {margin: 10, cooldown_days: 3}\n",
    "packages:\n- {name: [a, b], allow: '>=1,<2'}\n- {name: c, pin: 1.2.0, index: x}\n",
    "packages:\n- name: d\n  ignore: [major, {update: '==2.1', until: '2027-01-31'}]\n",
    "runtime_environments:\n- {name: x, python_version: 3.12, recommendation_type: stable}\n",
    "managers:\n- {name: update, configuration: {enabled: true, labels: [bot]}}\n",
    "managers:\n- {name: security, configuration: {severity: high, labels: [urgent]}}\n",
    "automerge: {updates: [patch], confidence: 80}\n",
    "bisect: {runs: 0}\n",
    "schedule: every weekday\n",
    "groups:\n- {name: tests, packages: ['pytest*', coverage]}\n- {name: small, updates: patch}\n",
    "pull_requests: {conventional: never, title: '[deps] {title}', commit_message: '{packages}'}\n",
    "limits: {open_pull_requests: 5, pull_requests_per_day: 2, ci_runs_per_day: 10}\n",
    "pull_requests: {labels: bot, assignees: [ada, CODEOWNERS], reviewers: [octo/team]}\n",
    "schedule: [before 5am on monday, '0 5 * * 4']\n",
    "schedule: {when: monthly, timezone: UTC, holidays: ['12-25', DE], security: scheduled}\n",
]
BAD = [
    "modes: advise\n",
    "mode: loud\n",
    "packages:\n- {allow: '>=1'}\n",
    "packages:\n- {name: a, versions: '>=1'}\n",
    "packages:\n- name: a\n  ignore: {until: '2027-01-31'}\n",
    "runtime_environments:\n- {python_version: 3.12}\n",
    "managers:\n- {name: upgrade}\n",
    "managers:\n- {name: security, configuration: {severity: grave}}\n",
    "advice: {margin: -1}\n",
    "automerge: {updates: [huge]}\n",
    "automerge: {confidence: 100}\n",
    "bisect: {runs: -1}\n",
    "bisect: 4\n",
    "schedule: {at: monthly}\n",
    "groups:\n- {packages: a}\n",
    "groups:\n- {name: a, updates: [huge]}\n",
    "pull_requests: {conventional: maybe}\n",
    "limits: {ci_runs_per_day: 0}\n",
    "limits: {ci_runs: 1}\n",
    "pull_requests: {label: bot}\n",
    "pull_requests: {labels: {a: b}}\n",
    "schedule: {when: monthly, security: never}\n",
    "schedule: 5\n",
]


def key_sets(value):
    """Yield every set of properties in a schema."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict):
            yield frozenset(value["properties"])
        for part in value.values():
            yield from key_sets(part)
    elif isinstance(value, list):
        for part in value:
            yield from key_sets(part)


def test_the_schema_has_exactly_the_readers_keys():
    assert set(TOP) == set(TOP_KEYS)
    assert set(TOP["runtime_environments"]["items"]["properties"]) == set(ENVIRONMENT_KEYS)
    assert set(TOP["packages"]["items"]["properties"]) == set(RULE_KEYS)
    assert frozenset(IGNORE_KEYS) in set(key_sets(TOP["packages"]))
    assert frozenset(ADVICE_KEYS) in set(key_sets(TOP["advice"]))
    assert frozenset(AUTOMERGE_KEYS) in set(key_sets(TOP["automerge"]))
    assert frozenset(BISECT_KEYS) in set(key_sets(TOP["bisect"]))
    assert frozenset(PULL_REQUEST_KEYS) in set(key_sets(TOP["pull_requests"]))
    assert frozenset(LIMIT_KEYS) in set(key_sets(TOP["limits"]))
    assert set(TOP["groups"]["items"]["properties"]) == set(GROUP_KEYS)
    assert frozenset(SCHEDULE_KEYS) in set(key_sets(TOP["schedule"]))
    managers = {
        each["properties"]["name"]["const"]: each for each in TOP["managers"]["items"]["oneOf"]
    }
    assert set(managers) == set(MANAGER_CONFIGURATION)
    for name, keys in MANAGER_CONFIGURATION.items():
        assert frozenset(("enabled", *keys)) in set(key_sets(managers[name]))


def test_the_schema_has_exactly_the_readers_choices():
    assert TOP["mode"]["enum"] == [*MODES, None]
    kinds = TOP["automerge"]["oneOf"][1]["properties"]["updates"]["items"]["enum"]
    assert kinds == list(AUTOMERGE_UPDATES)
    schedule = TOP["schedule"]["oneOf"][-1]["properties"]
    assert schedule["security"]["enum"] == [*SCHEDULE_SECURITY, None]
    environment = TOP["runtime_environments"]["items"]["properties"]
    assert environment["recommendation_type"]["enum"] == [*RECOMMENDATION_TYPES, None]


@pytest.mark.parametrize("text", GOOD)
def test_reader_and_schema_accept_the_same(text):
    read_configuration(text.encode())
    VALIDATOR.validate(yaml.safe_load(text))


@pytest.mark.parametrize("text", BAD)
def test_reader_and_schema_refuse_the_same(text):
    with pytest.raises(InputError):
        read_configuration(text.encode())
    assert not VALIDATOR.is_valid(yaml.safe_load(text))
