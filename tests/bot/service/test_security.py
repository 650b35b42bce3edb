"""An advisory leads to a security pull request by itself: the served App, the fakes, both databases."""

from __future__ import annotations

import json

import pytest

from fakes.app_process import AppProcess, wait_until

UPDATE, SECURITY = "thoth/update/pipfile-lock", "thoth/security/pipfile-lock"
POLL_SECONDS = 1


class Advisories:
    """A source of advisories: a file that grows."""

    def __init__(self, path):
        self.path = path
        self._known = []

    def publish(self, identifier, package, **events):
        self._known.append(
            {
                "id": identifier,
                "modified": f"2026-11-0{len(self._known) + 1}T00:00:00Z",
                "aliases": [f"CVE-{identifier}"],
                "summary": "runs what it reads",
                "database_specific": {"severity": "CRITICAL"},
                "affected": [
                    {
                        "package": {"ecosystem": "PyPI", "name": package},
                        "ranges": [
                            {
                                "type": "ECOSYSTEM",
                                "events": [{kind: version} for kind, version in events.items()],
                            }
                        ],
                    }
                ],
            }
        )
        later = self.path.with_suffix(".new")
        later.write_text("".join(json.dumps(each) + "\n" for each in self._known))
        later.replace(self.path)


@pytest.fixture
def advisories(tmp_path):
    found = Advisories(tmp_path / "osv.jsonl")
    found.publish("PYSEC-2026-1", "unrelated", introduced="0")
    return found


@pytest.fixture
def app(tmp_path, github, index, database_url, advisories):
    settings = {
        "THOTH_ADVISORIES": str(advisories.path),
        "THOTH_ADVISORIES_SECONDS": str(POLL_SECONDS),
    }
    app = AppProcess(tmp_path / "app", github, index.url, database_url, settings=settings)
    github.webhook_url = app.webhook_url
    with app:
        yield app


def pins(text):
    return {name: each["version"] for name, each in json.loads(text)["default"].items()}


def watch(github, app, is_idle, files):
    """Install a repository and merge the lockfile that Thoth makes of it; return the repository."""
    repository = github.add_repository("octo/hello", files=files)
    app.wait_ready()
    github.install(repository)
    github.settle()
    wait_until(lambda: repository.pull_requests, timeout_seconds=60, what=app.log()[-3000:])
    wait_until(is_idle, timeout_seconds=60, what="never idle")
    lock = repository.branch(UPDATE).files["Pipfile.lock"]
    repository.push("main", {"Pipfile.lock": lock})
    github.settle()
    wait_until(is_idle, timeout_seconds=60, what="never idle")
    return repository


def opened(repository, branch):
    return [
        each for each in repository.pull_requests if each.state == "open" and each.head == branch
    ]


BOTH = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


@BOTH
def test_an_advisory_on_a_package_that_a_parent_caps_opens_a_proof(
    github, index, app, advisories, pipfile, is_idle
):
    index.add("capper", "1.0", requires=["capped<2"])
    index.add("capped", "1.0")
    wish = pipfile.replace('alpha = "*"', 'capper = "*"\nalpha = "<2"')
    repository = watch(github, app, is_idle, {"Pipfile": wish})
    index.add("capper", "2.0", requires=["capped<3"])
    index.add("capper", "3.0", requires=["capped<3"])
    index.add("capped", "2.0")
    index.add("capped", "2.1")
    index.add("alpha", "1.1")
    advisories.publish("PYSEC-2026-2", "capped", introduced="0", fixed="2.0")

    wait_until(lambda: opened(repository, SECURITY), timeout_seconds=60, what=app.log()[-3000:])

    wait_until(is_idle, timeout_seconds=60, what="never idle")
    (pull_request,) = opened(repository, SECURITY)
    assert pull_request.title == "Security: Update capped to 2.0 in Pipfile.lock (PYSEC-2026-2)"
    assert pull_request.labels == ["security"]
    branch = repository.branch(SECURITY)
    assert pins(branch.files["Pipfile.lock"]) == {
        "alpha": "==1.0",
        "capped": "==2.0",
        "capper": "==2.0",
    }
    body = pull_request.body
    assert "`PYSEC-2026-2` (`CVE-PYSEC-2026-2`)" in body
    assert "critical | `capped` | `<2` | `1.0` | `2.0` |" in body
    assert "advisories as of 2026-11-02" in body
    assert "capper 1.0 requires capped&#60;2" in body
    pull_request.merge()
    github.settle()
    wait_until(is_idle, timeout_seconds=60, what="never idle")
    assert opened(repository, SECURITY) == []
    assert app.stop() == 0
    assert '"level": "error"' not in app.log()


@BOTH
def test_where_the_manifest_allows_no_fix_the_person_is_told_what_to_loosen(
    github, index, app, advisories, pipfile, is_idle
):
    wish = pipfile.replace('alpha = "*"', 'alpha = "<2"')
    repository = watch(github, app, is_idle, {"Pipfile": wish})
    advisories.publish("PYSEC-2026-2", "alpha", introduced="0", fixed="2.0")

    def told():
        return [each for each in repository.check_runs if each.name == "Thoth security"]

    wait_until(told, timeout_seconds=60, what=app.log()[-3000:])

    wait_until(is_idle, timeout_seconds=60, what="never idle")
    (check,) = told()
    assert check.conclusion == "action_required"
    assert 'loosen one of these lines:\n\n- `Pipfile:7: alpha = "<2"`' in check.summary
    assert opened(repository, SECURITY) == []
    (dashboard,) = [each for each in repository.issues if each.title == "Thoth dashboard"]
    assert '**no fix**: loosen `Pipfile:7: alpha = "<2"`' in dashboard.body
    assert app.stop() == 0
