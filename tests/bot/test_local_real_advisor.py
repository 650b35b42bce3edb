"""`thoth-bot local` with the real advisor, against a package index on loopback."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from bot.__main__ import main
from fakes.distributions import make_wheel
from fakes.package_index import PackageIndex

BRANCH = "thoth/update/pipfile-lock"


@pytest.fixture
def index():
    with PackageIndex() as index:
        index.add("web", "1.0", requires=["tools<2"])
        index.add("web", "2.0", requires=["tools>=1"])
        index.add("tools", "1.0")
        index.add("tools", "2.0")
        yield index


@dataclass
class Done:
    """How a run ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def local(tmp_path, person, monkeypatch, capfd):
    """Run `thoth-bot local` with a cache and a knowledge base of its own."""

    def run(*arguments, cache="cache"):
        monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / cache))
        database = f"sqlite:///{tmp_path}/knowledge.db"
        code = main(["local", str(person.folder), "--db", database, *arguments])
        return Done(code, *capfd.readouterr())

    return run


def pipfile(index, *lines):
    source = f'[[source]]\nname = "pypi"\nurl = "{index.url}"\nverify_ssl = true\n'
    return "\n".join([source, "[packages]", *lines, "", "[requires]", 'python_version = "3.11"\n'])


def test_a_pipfile_is_locked_on_a_branch(person, local, index):
    person.commit({"Pipfile": pipfile(index, 'web = "*"')})

    done = local("--json")

    assert done.returncode == 0, done.stderr
    (request,) = json.loads(done.stdout)["pull_requests"]
    lock = json.loads(request["files"]["Pipfile.lock"])
    assert {name: each["version"] for name, each in lock["default"].items()} == {
        "web": "==2.0",
        "tools": "==2.0",
    }
    assert "| `tools` | not locked | `2.0` | transitive |" in request["body"]
    assert person.show(f"{BRANCH}:Pipfile.lock") == request["files"]["Pipfile.lock"].strip()


def test_a_new_release_updates_the_same_branch(person, local, index):
    person.commit({"Pipfile": pipfile(index, 'web = "*"')})
    local()
    index.add("tools", "3.0")

    done = local("--json", cache="later")  # the index says how long its pages may be kept

    (request,) = json.loads(done.stdout)["pull_requests"]
    assert "| `tools` | not locked | `3.0` | transitive |" in request["body"]
    assert person.git("rev-list", "--count", f"main..{BRANCH}") == "1"


def test_a_second_run_changes_nothing(person, local, index):
    person.commit({"Pipfile": pipfile(index, 'web = "*"')})
    first = local("--json")
    before = person.snapshot()

    assert local("--json").stdout == first.stdout
    assert person.snapshot() == before


def test_offline_answers_from_what_was_read_before(person, local, index):
    person.commit({"Pipfile": pipfile(index, 'web = "*"')})
    assert local("--offline").returncode == 3
    first = local("--json")
    asked = index.count()

    assert local("--offline", "--json").stdout == first.stdout
    assert index.count() == asked


def test_a_conflict_names_the_lines(person, local, index):
    person.commit({"Pipfile": pipfile(index, 'web = "<2"', 'tools = ">=2"')})

    done = local()

    assert done.returncode == 1
    assert 'Pipfile:7: web = "<2" cannot hold together with 1 other line' in done.stdout
    assert 'Pipfile:8: tools = ">=2" cannot hold together with 1 other line' in done.stdout


def test_an_index_that_cannot_be_reached_changes_nothing(person, local, index):
    person.commit(
        {"Pipfile": pipfile(index, 'web = "*"').replace(index.url, "http://127.0.0.1:1/s")}
    )
    before = person.git("for-each-ref")

    done = local("--json")

    assert done.returncode == 3
    assert json.loads(done.stdout)["status"] == "error"
    assert person.git("for-each-ref") == before


def test_an_exported_requirements_file_is_in_the_same_pull_request(person, local, index):
    person.commit({"Pipfile": pipfile(index, 'web = "<2"')})
    (request,) = json.loads(local("--json").stdout)["pull_requests"]
    lock = request["files"]["Pipfile.lock"]
    person.commit(
        {
            "Pipfile": pipfile(index, 'web = "*"'),
            "Pipfile.lock": lock,
            "requirements.txt": "tools==1.0\nweb==1.0\n",
        }
    )

    (request,) = json.loads(local("--json").stdout)["pull_requests"]

    assert request["files"]["requirements.txt"] == "tools==2.0\nweb==2.0\n"
    head = person.show(f"{BRANCH}:requirements.txt")
    assert head == "tools==2.0\nweb==2.0"
    assert json.loads(local("--json").stdout)["pull_requests"] == [request]


def test_groups_are_divided_as_the_best_stack_has_it(person, local, index):
    index.add("alpha", "1.0")
    index.add("beta", "1.0")
    index.add("pytest", "1.0", requires=["tools<2"])
    lines = ('web = "*"', 'pytest = "*"', 'alpha = "*"')
    person.commit({"Pipfile": pipfile(index, *lines)})
    locked = json.loads(local("--json").stdout)["pull_requests"][0]["files"]["Pipfile.lock"]
    index.add("pytest", "2.0", requires=["beta"])
    index.add("alpha", "2.0")
    groups = "groups: [{name: tests, packages: 'pytest*'}]\n"
    person.git("branch", "--quiet", "-D", BRANCH)
    person.commit({"Pipfile.lock": locked, ".thoth.yaml": groups})

    done = local("--json", cache="later")

    found = {
        request["branch"]: {
            name: entry["version"]
            for name, entry in json.loads(request["files"]["Pipfile.lock"])["default"].items()
        }
        for request in json.loads(done.stdout)["pull_requests"]
    }
    assert done.returncode == 0, done.stderr
    before = {"web": "==2.0", "pytest": "==1.0", "tools": "==1.0", "alpha": "==1.0"}
    assert found[BRANCH]["pytest"] == "==1.0"
    assert found[BRANCH]["alpha"] == "==2.0"
    assert found[f"{BRANCH}.+tests"] == before | {"pytest": "==2.0", "beta": "==1.0"}


def test_projects_in_folders_share_one_pull_request(person, local, index):
    lines = f"--index-url {index.url}\n--no-index\n--find-links wheels\nours\n"
    wheel = make_wheel("ours", "1.0")
    person.commit(
        {
            "Pipfile": pipfile(index, 'web = "*"'),
            "services/api/requirements.in": f"--index-url {index.url}\ntools\n",
            "services/api/requirements.txt": f"--index-url {index.url}\n\ntools==1.0  # why\n",
            "services/own/requirements.in": lines,
            "services/own/requirements.txt": "# none yet\n",
            f"services/own/wheels/{wheel.filename}": wheel.content,
            "tests/data/requirements.in": "gone\n",
            "tests/data/requirements.txt": "gone==1\n",
        }
    )

    done = local("--json")

    assert done.returncode == 0, done.stderr
    (request,) = json.loads(done.stdout)["pull_requests"]
    api, own = "services/api/requirements.txt", "services/own/requirements.txt"
    assert set(request["files"]) == {"Pipfile.lock", api, own}
    assert request["files"][api].endswith("tools==2.0  # why\n")
    assert f"ours==1.0 \\\n    --hash=sha256:{wheel.sha256}\n" in request["files"][own]
    assert "--no-index\n--find-links ./wheels\n" in request["files"][own]
    assert f"`{api}`, `{own}` change with it." in request["body"]
    before = person.snapshot()
    assert local("--json").stdout == done.stdout
    assert person.snapshot() == before
