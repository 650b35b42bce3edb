"""A strict fake of GitHub for the App's tests; the entrance is `FakeGitHub`.

State is a real bare git repository for each network of repositories, and plain values for the rest.
Every request, every answer and every webhook is judged by GitHub's own REST description.
"""

from __future__ import annotations

from fakes.github.clock import Clock
from fakes.github.delivery import Delivery, sign_body
from fakes.github.description import load_examples
from fakes.github.errors import ApiError, ContractViolation
from fakes.github.fake import EVENTS, PERMISSIONS, FakeGitHub
from fakes.github.installation import FakeInstallation
from fakes.github.limits import Limits
from fakes.github.pull_request import FakeIssue
from fakes.github.repository import FakeRepository

__all__ = [
    "EVENTS",
    "PERMISSIONS",
    "ApiError",
    "Clock",
    "ContractViolation",
    "Delivery",
    "FakeGitHub",
    "FakeInstallation",
    "FakeIssue",
    "FakeRepository",
    "Limits",
    "load_examples",
    "sign_body",
]
