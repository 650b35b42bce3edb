"""GitHub's own published payloads: what is handled is routed, what is foreign is ignored."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import yaml

from bot.jobs.routing import route

DATA = Path(__file__).parents[2] / "data/github/webhook-examples.json.gz"
EXAMPLES = json.loads(gzip.decompress(DATA.read_bytes()))
HANDLED = {
    "check_run",
    "check_suite",
    "installation",
    "installation_repositories",
    "issue_comment",
    "issues",
    "pull_request",
    "push",
    "repository",
    "status",
}
ALL = [(event, example) for event, examples in EXAMPLES.items() for example in examples]


@pytest.mark.parametrize(("event", "example"), ALL, ids=lambda value: str(value)[:20])
def test_every_real_payload_is_routed_or_ignored_with_a_reason(event, example):
    for payload in (example, example | {"installation": {"id": 7}}):
        found = route(event, json.dumps(payload).encode())
        assert found.work or found.reason or found.forgotten_repositories
        assert not (found.work and event not in HANDLED)


def test_the_examples_hold_foreign_events_and_payloads_without_installation():
    assert set(EXAMPLES) - HANDLED
    assert any("installation" not in example for _, example in ALL)


@pytest.mark.parametrize(
    "event", sorted(HANDLED - {"check_run", "check_suite", "issue_comment", "issues", "status"})
)
def test_handled_events_bring_work(event):
    real = [example | {"installation": {"id": 7}} for example in EXAMPLES[event]]
    if event == "push":
        for example in real:
            example["ref"] = f"refs/heads/{example['repository']['default_branch']}"
            example["deleted"] = False
            example.pop("commits", None)
    found = [route(event, json.dumps(example).encode()) for example in real]
    assert any(each.work for each in found)


def test_app_yml_subscribes_to_the_events_that_are_acted_on():
    manifest = yaml.safe_load((Path(__file__).parents[3] / "app.yml").read_text())
    always_sent = {"installation", "installation_repositories"}
    assert set(manifest["default_events"]) == HANDLED - always_sent
    for event in HANDLED:
        assert not route(event, b"{}").reason.startswith("not an event")
