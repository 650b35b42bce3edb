"""`app.yml` asks for what the code uses and for nothing else."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.app_manifest import EVENTS
from bot.forge import Forge
from bot.github.app import PERMISSIONS as APP_PERMISSIONS
from bot.github.merging import Merging
from bot.github.results import CheckResults
from bot.github.threads import Threads
from bot.jobs.routing import HANDLED

ROOT = Path(__file__).parents[2]

# https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
PERMISSIONS = {
    "base": ("metadata", "read"),
    "read_file": ("contents", "read"),
    "list_folder": ("contents", "read"),
    "read_shared": ("contents", "read"),
    "project_at": ("metadata", "read"),
    "releases": ("contents", "read"),
    "urgently": ("metadata", "read"),
    "changelog": ("contents", "read"),
    "branch_state": ("contents", "read"),
    "write_commit": ("contents", "write"),
    "pull_requests": ("pull_requests", "read"),
    "open_pull_request": ("pull_requests", "write"),
    "add_labels": ("pull_requests", "write"),
    "finish_pull_request": ("pull_requests", "write"),
    "invite": ("pull_requests", "write"),
    "recent_subjects": ("contents", "read"),
    "deeds": ("metadata", "read"),
    "edit_pull_request": ("pull_requests", "write"),
    "close_pull_request": ("pull_requests", "write"),
    "comment": ("pull_requests", "write"),
    "put_dashboard": ("issues", "write"),
    "tell_in_dashboard": ("issues", "write"),
    "check_runs": ("checks", "read"),
    "put_check_run": ("checks", "write"),
}

RESULTS_PERMISSIONS = {"of": ("statuses", "read")}

MERGING_PERMISSIONS = {"checks": ("statuses", "read"), "merge": ("contents", "write")}

THREAD_PERMISSIONS = {
    "view": ("issues", "read"),
    "permission": ("metadata", "read"),
    "react": ("issues", "write"),
    "set_open": ("issues", "write"),
    "put_dashboard": ("issues", "write"),
    "tell_in_dashboard": ("issues", "write"),
}


def test_permissions_are_those_that_the_forge_needs():
    manifest = yaml.safe_load((ROOT / "app.yml").read_text())
    methods = {name for name in vars(Forge) if not name.startswith("_")}
    threads = {name for name in vars(Threads) if not name.startswith("_")} - {"repository"}
    needed = {}
    every = [
        *PERMISSIONS.values(),
        *THREAD_PERMISSIONS.values(),
        *MERGING_PERMISSIONS.values(),
        *RESULTS_PERMISSIONS.values(),
    ]
    for permission, access in sorted(every, key=lambda each: each[1]):
        needed[permission] = access

    assert methods == set(PERMISSIONS)
    results = {name for name in vars(CheckResults) if not name.startswith("_")}
    assert results - {"repository", "app_id"} == set(RESULTS_PERMISSIONS)
    assert {name for name in vars(Merging) if not name.startswith("_")} - {"repository"} == set(
        MERGING_PERMISSIONS
    )
    assert threads == set(THREAD_PERMISSIONS)
    assert manifest["default_permissions"] == needed
    assert needed == APP_PERMISSIONS, "tokens are asked for with just these"


def test_the_manifest_has_only_keys_that_github_knows():
    manifest = yaml.safe_load((ROOT / "app.yml").read_text())

    assert set(manifest) <= {
        "name", "url", "hook_attributes", "redirect_url", "callback_urls", "setup_url",
        "description", "public", "default_events", "default_permissions",
        "request_oauth_on_install", "setup_on_update",
    }  # fmt: skip
    assert manifest["default_events"] == sorted(manifest["default_events"])


def test_it_subscribes_to_exactly_the_events_that_are_acted_upon():
    manifest = yaml.safe_load((ROOT / "app.yml").read_text())
    unasked = {"installation", "installation_repositories"}

    assert set(HANDLED) == {*EVENTS, *unasked}
    assert manifest["default_events"] == list(EVENTS)
