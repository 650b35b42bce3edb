"""`thoth-bot local` on a lockfile with known vulnerabilities: the real advisor, index and knowledge base."""

from __future__ import annotations

import json

import pytest

from advisor_core.advisories.importing import import_osv
from advisor_core.knowledge.store import Store
from advisor_core.manifests import MappingFiles
from advisor_core.wish import Wish
from bot.__main__ import main
from bot.jobs.advising_child import compute_advice
from bot.jobs.frames import Terms
from bot.jobs.indexes import IndexPolicy
from bot.settings import Settings
from fakes.package_index import PackageIndex

UPDATE, SECURITY = "thoth/update/pipfile-lock", "thoth/security/pipfile-lock"


@pytest.fixture
def index():
    with PackageIndex() as index:
        index.add("app", "1.0", requires=["lib<2", "other"])
        index.add("app", "2.0", requires=["lib<3", "other"])
        index.add("app", "3.0", requires=["lib<3", "other>=2"])
        for version in ("1.0", "2.0", "2.1"):
            index.add("lib", version)
        index.add("other", "1.0")
        yield index


@pytest.fixture
def world(tmp_path, person, monkeypatch, capfd, index):
    return World(tmp_path, person, monkeypatch, capfd, index)


class World:
    """A repository whose lockfile is committed, and what is known of it."""

    def __init__(self, folder, person, monkeypatch, capfd, index):
        self._folder, self.person, self._capfd, self.index = folder, person, capfd, index
        monkeypatch.setenv("THOTH_CACHE_DIR", str(folder / "cache"))
        self._database = f"sqlite:///{folder}/knowledge.db"
        self._numbers = iter(range(100))

    def manifest(self, *lines):
        source = f'[[source]]\nname = "pypi"\nurl = "{self.index.url}"\nverify_ssl = true\n'
        return "\n".join(
            [source, "[packages]", *lines, "", "[requires]", 'python_version = "3.11"\n']
        )

    def run(self):
        code = main(["local", str(self.person.folder), "--db", self._database, "--json"])
        out = self._capfd.readouterr()
        return code, json.loads(out.out), out.err

    def lock(self, *lines):
        """Commit a manifest with the lockfile that Thoth makes of it."""
        self.person.commit({"Pipfile": self.manifest(*lines)})
        _code, done, error = self.run()
        (request,) = done["pull_requests"]
        self.person.commit({"Pipfile.lock": request["files"]["Pipfile.lock"]})
        assert self.run()[1]["pull_requests"] == [], error
        return request["files"]["Pipfile.lock"]

    def learn(self, identifier, package, *events, severity="HIGH"):
        path = self._folder / f"{next(self._numbers)}.json"
        path.write_text(
            json.dumps(
                {
                    "id": identifier,
                    "modified": f"2026-11-{10 + len(identifier):02}T00:00:00Z",
                    "aliases": [f"CVE-{identifier}"],
                    "summary": "reads what it should not",
                    "database_specific": {"severity": severity},
                    "affected": [
                        {
                            "package": {"ecosystem": "PyPI", "name": package},
                            "ranges": [
                                {"type": "ECOSYSTEM", "events": [dict([each]) for each in events]}
                            ],
                        }
                    ],
                }
            )
        )
        with Store.open(self._database) as store:
            import_osv(store, str(path))


def pins(text):
    return {name: each["version"] for name, each in json.loads(text)["default"].items()}


FIXED = (("introduced", "0"), ("fixed", "2.0"))


def test_the_parent_that_caps_a_vulnerable_package_is_raised_and_nothing_else_moves(world):
    world.lock('app = "<2"')
    world.person.commit({"Pipfile": world.manifest('app = "<3"')})
    world.index.add("other", "1.1")
    world.learn("PYSEC-1", "lib", *FIXED)

    code, done, error = world.run()

    assert code == 0, error
    security, update = done["pull_requests"]
    assert (security["branch"], update["branch"]) == (SECURITY, UPDATE)
    assert security["title"] == "Security: Update lib to 2.0 in Pipfile.lock (PYSEC-1)"
    assert pins(security["files"]["Pipfile.lock"]) == {
        "app": "==2.0",
        "lib": "==2.0",
        "other": "==1.0",
    }
    assert pins(update["files"]["Pipfile.lock"])["lib"] == "==2.1"
    body = security["body"]
    assert "reads what it should not | high | `lib` | `<2` | `1.0` | `2.0` |" in body
    assert "advisories as of 2026-11-17" in body
    assert "| `app` | `1.0` | `2.0` | direct | app 1.0 requires lib&#60;2 |" in body
    before = world.person.snapshot()
    assert world.run()[1] == done
    assert world.person.snapshot() == before


def test_where_both_make_the_same_change_only_the_security_update_is_proposed(world):
    world.lock('lib = "<2"')
    world.person.commit({"Pipfile": world.manifest('lib = "<2.1"')})
    world.learn("PYSEC-1", "lib", *FIXED)

    _code, done, error = world.run()

    (request,) = done["pull_requests"]
    assert request["branch"] == SECURITY, error
    world.person.commit({"Pipfile.lock": request["files"]["Pipfile.lock"]})
    assert world.run()[1]["pull_requests"] == []


def test_what_the_manifest_keeps_vulnerable_is_said_with_the_line_to_loosen(world):
    world.lock('app = "<2"')
    world.learn("PYSEC-1", "lib", *FIXED)

    code, done, error = world.run()

    assert code == 0, error
    assert done["pull_requests"] == []
    (check,) = done["check_runs"]
    assert (check["name"], check["conclusion"]) == ("Thoth security", "action_required")
    (remark,) = check["output"]["annotations"]
    assert (remark["path"], remark["start_line"]) == ("Pipfile", 7)
    assert 'app = "<2" keeps out the releases of lib without PYSEC-1' in remark["message"]
    assert 'loosen one of these lines:\n\n- `Pipfile:7: app = "<2"`' in check["output"]["summary"]
    assert "app 1.0 requires lib <2" in check["output"]["summary"]


@pytest.mark.parametrize(
    ("configuration", "proposed"),
    [
        ("managers: [{name: security, configuration: {severity: critical}}, {name: update}]", []),
        ("managers: [{name: security, configuration: {severity: high}}]", [SECURITY]),
        ("managers: [{name: security, configuration: {enabled: false}}]", [UPDATE]),
        ("runtime_environments: [{name: a, labels: {allow-cve: CVE-PYSEC-1}}]", [UPDATE]),
        ("mode: advise", []),
    ],
)
def test_the_configuration_says_what_counts(world, configuration, proposed):
    world.lock('lib = "<2.1"')
    world.person.commit({".thoth.yaml": configuration + "\n"})
    world.learn("PYSEC-1", "lib", ("introduced", "2.0"), ("fixed", "2.0.1"), severity="HIGH")

    _code, done, _error = world.run()

    assert [each["branch"] for each in done["pull_requests"]] == proposed
    told = {each["name"]: each["output"]["title"] for each in done["check_runs"]}
    if configuration.startswith("mode"):
        assert told["Thoth security"] == "1 known vulnerability, 1 with a fix"
    else:
        assert "Thoth security" not in told


def test_a_check_run_asks_for_no_security_update(world, tmp_path):
    """The lockfile is the same; the search for the smallest fix, which nobody would see, is left out."""
    lock = world.lock('app = "==1.0"')
    world.learn("PYSEC-1", "lib", *FIXED)
    manifest = world.manifest('app = "*"').encode()
    files = MappingFiles({"Pipfile": manifest, "Pipfile.lock": lock.encode()})
    policy = IndexPolicy.of(Settings(app=None, index_url=world.index.url))
    database = f"sqlite:///{tmp_path}/knowledge.db"
    terms = Terms(policy, tmp_path / "cache", log_level="INFO", niceness=0, database_url=database)
    whole, checked = (compute_advice(terms, files, wish) for wish in (None, Wish(only_locks=True)))
    assert (len(whole.fixes), len(checked.fixes)) == (1, 0)
    assert [each.files for each in checked.outcomes] == [each.files for each in whole.outcomes]
