"""The keys of `.thoth.yaml`: those of the Thoth project, and which change nothing here. Data."""

from __future__ import annotations

__all__ = [
    "ENVIRONMENT_KEYS",
    "MANAGER_CONFIGURATION",
    "MANAGER_KEYS",
    "MOST_ENVIRONMENTS",
    "REQUIREMENTS_FORMATS",
    "TOP_KEYS",
    "VERSION_KEYS",
    "WITHOUT_EFFECT",
]

MOST_ENVIRONMENTS = 100
"""Every environment is resolved for; more than this is a mistake."""

REQUIREMENTS_FORMATS = ("pipenv", "pip", "pip-tools", "pip-compile")

TOP_KEYS = (
    "host",
    "tls_verify",
    "requirements_format",
    "overlays_dir",
    "virtualenv",
    "runtime_environments",
    "managers",
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
    "label-bot": (),
    "config_initializer": (),
}
"""Thoth's managers with the keys of their `configuration`; every one has `enabled` too."""

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
}
"""Accepted keys that change nothing, with what to tell the person who wrote them."""
