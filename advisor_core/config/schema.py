"""The keys of `.thoth.yaml`: the Thoth project's, ours, and which change nothing here. Data."""

from __future__ import annotations

__all__ = [
    "ADVICE_KEYS",
    "AUTOMERGE_DEFAULT",
    "AUTOMERGE_KEYS",
    "AUTOMERGE_UPDATES",
    "BISECT_KEYS",
    "BISECT_RUNS",
    "CONVENTIONAL",
    "ENVIRONMENT_KEYS",
    "GROUP_KEYS",
    "IGNORE_KEYS",
    "LIMIT_KEYS",
    "MANAGER_CONFIGURATION",
    "MANAGER_KEYS",
    "MODES",
    "MOST_BISECT_RUNS",
    "MOST_ENVIRONMENTS",
    "MOST_GROUPS",
    "MOST_HOLIDAYS",
    "MOST_LABELS",
    "MOST_PEOPLE",
    "MOST_PROJECTS",
    "MOST_RULES",
    "MOST_TIMES",
    "PULL_REQUEST_KEYS",
    "REQUIREMENTS_FORMATS",
    "RULE_KEYS",
    "SCHEDULE_KEYS",
    "SCHEDULE_SECURITY",
    "SECURITY_SEVERITIES",
    "TOP_KEYS",
    "VERSION_KEYS",
    "WITHOUT_EFFECT",
    "WITH_EFFECT_ON_ADVICE",
]

MOST_ENVIRONMENTS = 100
"""Every environment is resolved for; more than this is a mistake."""

MOST_PROJECTS = 50
"""Entries of `projects`: each has a lockfile, and a resolution of its own."""

MOST_RULES = 2_000
"""Entries of `packages`; each is a constraint that every resolution carries."""

MODES = ("silent", "advise", "pull-request", "automerge")
"""What the App does on its own: nothing that anybody sees but the dashboard; check runs alone; pull
requests; pull requests that it also merges."""

RULE_KEYS = ("name", "allow", "ignore", "pin", "index", "prereleases")

IGNORE_KEYS = ("update", "until")

AUTOMERGE_KEYS = ("updates", "confidence")

BISECT_KEYS = ("runs",)

BISECT_RUNS = 4
"""By default: enough to find one of sixteen changes, and no more than four pull requests would take."""

MOST_BISECT_RUNS = 50

AUTOMERGE_UPDATES = ("patch", "minor", "major")

AUTOMERGE_DEFAULT = ("patch",)
"""What `mode: automerge` merges unless `automerge.updates` says otherwise."""

PULL_REQUEST_KEYS = (
    "labels",
    "assignees",
    "reviewers",
    "conventional",
    "title",
    "commit_message",
)

CONVENTIONAL = ("auto", "always", "never")
"""Whether titles and commit messages are conventional commits; `auto`: as the base branch's are."""

GROUP_KEYS = ("name", "packages", "updates")

MOST_GROUPS = 20
"""Each has a pull request for each lockfile, and a resolution of its own."""

LIMIT_KEYS = ("open_pull_requests", "pull_requests_per_day", "ci_runs_per_day")

MOST_LABELS = 20

MOST_PEOPLE = 10
"""As many as GitHub lets be assigned."""

SCHEDULE_KEYS = ("when", "timezone", "holidays", "quiet_hours", "security")

SCHEDULE_SECURITY = ("any-time", "scheduled")
"""Whether pull requests that mend a vulnerability wait for the schedule."""

MOST_TIMES = 50
"""Lines of `when` and of `quiet_hours`."""

MOST_HOLIDAYS = 500

ADVICE_KEYS = ("margin", "cooldown_days", "units")

SECURITY_SEVERITIES = ("low", "medium", "high", "critical")
"""`severity` of the manager `security`: advisories below it are left alone."""

REQUIREMENTS_FORMATS = ("pipenv", "pip", "pip-tools", "pip-compile")

TOP_KEYS = (
    "host",
    "tls_verify",
    "requirements_format",
    "overlays_dir",
    "projects",
    "virtualenv",
    "runtime_environments",
    "managers",
    "extends",
    "mode",
    "packages",
    "advice",
    "automerge",
    "bisect",
    "schedule",
    "pull_requests",
    "limits",
    "groups",
)

VERSION_KEYS = (
    "cuda_version",
    "cudnn_version",
    "openblas_version",
    "openmpi_version",
    "mkl_version",
)

ENVIRONMENT_KEYS = (
    "name",
    "operating_system",
    "hardware",
    "python_version",
    *VERSION_KEYS,
    "platform",
    "recommendation_type",
    "base_image",
    "labels",
    "limit_latest_versions",
)

MANAGER_KEYS = ("name", "env_allow_list", "env_disallow_list", "configuration")

MANAGER_CONFIGURATION: dict[str, tuple[str, ...]] = {
    "update": ("labels",),
    "thoth-advise": ("labels", "analysis_id"),
    "thoth-provenance": ("labels",),
    "security": ("labels", "severity"),
    "info": (),
    "version": (
        "labels",
        "maintainers",
        "assignees",
        "changelog_file",
        "changelog_smart",
        "changelog_classifier",
        "changelog_format",
        "pr_releases",
        "release_label_config",
    ),
    "pipfile-requirements": ("lockfile",),
    "label-bot": ("labels",),
    "config_initializer": (),
}
"""Thoth's managers, and `security`, with the keys of their `configuration`; every one has `enabled` too."""

_NO_SERVICE = "there is no such service any more"
_NOT_WEIGHED = "recorded, but it does not change which releases are chosen"
WITHOUT_EFFECT = {
    "host": _NO_SERVICE,
    "tls_verify": _NO_SERVICE,
    "requirements_format": "the manifest is found by its name",
    "virtualenv": "no virtual environment is managed",
    "managers": "a local run always updates",
    "hardware": _NOT_WEIGHED,
    **dict.fromkeys(VERSION_KEYS, _NOT_WEIGHED),
    "recommendation_type": "the newest valid stack is chosen, as for `latest`",
    "labels": _NOT_WEIGHED,
    "limit_latest_versions": "every release is considered",
    "advice": "the newest valid stack is chosen",
}
"""Accepted keys that change nothing, with what to tell the person who wrote them."""

WITH_EFFECT_ON_ADVICE = ("hardware", *VERSION_KEYS, "recommendation_type", "labels", "advice")
"""Of those, what changes nothing of `thoth lock` alone."""
