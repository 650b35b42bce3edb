from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.store.service import ServiceStore
from fakes.distributions import make_wheel
from fakes.github import FakeGitHub
from fakes.package_index import PackageIndex

BRANCH = "thoth/update/pipfile-lock"

PIPFILE = """\
[[source]]
name = "pypi"
url = "https://pypi.org/simple"
verify_ssl = true

[packages]
alpha = "*"

[requires]
python_version = "3.11"
"""


ALPHA = b"""\
Metadata-Version: 2.4
Name: alpha
Version: 2.0
Requires-Dist: beta>=1
Project-URL: Source, https://github.com/acme/alpha
"""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def index():
    with PackageIndex() as started:
        started.add("alpha", "1.0")
        alpha = make_wheel("alpha", "2.0", metadata=ALPHA)
        started.add_file("alpha", alpha, metadata="advertised", upload_time=LONG_AGO)
        started.add("beta", "1.0")
        started.add("beta", "1.5")
        yield started


@pytest.fixture
def github():
    with FakeGitHub() as started:
        yield started


@pytest.fixture
def is_idle(database_url):
    """Tells whether nothing waits and nothing is at work."""

    def look():
        store = ServiceStore.open(database_url)
        try:
            return not store.jobs.pending() and not store.deliveries.waiting(1)
        finally:
            store.close()

    return look


@pytest.fixture
def is_right():
    """Tells whether a repository has exactly one pull request, with the right lockfile."""

    def look(repository):
        found = [each for each in repository.pull_requests if each.state == "open"]
        if len(repository.pull_requests) != 1 or len(found) != 1:
            return False
        branch = repository.branch(BRANCH)
        entries = json.loads(branch.files["Pipfile.lock"])["default"]
        versions = {name: entry["version"] for name, entry in entries.items()}
        ahead = [sha for sha in branch.commits if sha not in repository.branch().commits]
        return versions == {"alpha": "==2.0", "beta": "==1.5"} and len(ahead) == 1

    return look


@pytest.fixture
def pipfile():
    return PIPFILE
