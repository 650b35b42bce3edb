"""From a project's files to outcomes, against the fake index."""

from __future__ import annotations

import tomllib
from contextlib import contextmanager

import pytest

from advisor_core.advising.settings import AdviceInputs
from advisor_core.errors import InputError, ToolFailure
from advisor_core.index.access import index_pins, list_sources
from advisor_core.index.cache import Cache
from advisor_core.index.client import IndexClient
from advisor_core.index.drive_online import OnlineAccess
from advisor_core.manifests import MappingFiles
from advisor_core.proposal import propose
from advisor_core.targets import find_targets
from fakes.package_index import PackageIndex


@pytest.fixture
def index():
    with PackageIndex() as index:
        for version in ("1.0", "2.0"):
            index.add("a", version, requires=["b"])
            index.add("b", version)
        index.add("c", "3.0", requires_python=">=3.12")
        index.add("c", "2.0")
        yield index


@pytest.fixture
def run(index, tmp_path):
    @contextmanager
    def open_access(manifest):
        sources = list_sources(manifest, index.url)
        pins = index_pins(manifest, sources)
        cache = Cache(tmp_path / "cache")
        with OnlineAccess(lambda: IndexClient(sources, cache, pins)) as access:
            yield access

    def run(files, tools=None, advise=None):
        given = MappingFiles({path: text.encode() for path, text in files.items()})
        return propose(
            given,
            open_access=open_access,
            tools=None if tools is None else lambda _manifest: tools,
            advise=advise,
        )

    return run


def versions(outcome, category="default"):
    return {name: pin.version for name, pin in outcome.stacks[category].pins.items()}


def test_configured_units_and_margin_count_where_advice_is_given(run):
    units = "{VersionConstraintSieve: {package_name: b, version_specifier: <2}}"
    files = {
        "requirements.in": "a\n",
        ".thoth.yaml": f"advice: {{margin: 7, units: {units}}}\n",
    }
    (outcome,) = run(files, advise=lambda _manifest: AdviceInputs()).outcomes
    assert versions(outcome) == {"a": "2.0", "b": "1.0"}
    assert outcome.advice.margin == 7


def test_lock_is_improved_once_and_then_unchanged(run):
    files = {"requirements.in": "a\n"}
    (first,) = run(files).outcomes
    assert first.status == "improved"
    assert first.target.lockfile == "requirements.txt"
    assert {(row.package, row.old, row.new, row.direct) for row in first.changes} == {
        ("a", None, "2.0", True),
        ("b", None, "2.0", False),
    }
    (second,) = run({**files, "requirements.txt": first.new_text.decode()}).outcomes
    assert second.status == "unchanged"
    assert second.changes == ()


def test_pipfile_lock_made_from_another_pipfile_is_not_current(run):
    pipfile = '[packages]\na = "*"\n'
    (first,) = run({"Pipfile": pipfile}).outcomes
    lock = first.new_text.decode()
    (same,) = run({"Pipfile": pipfile, "Pipfile.lock": lock}).outcomes
    (other,) = run({"Pipfile": '[packages]\na = ">=1"\n', "Pipfile.lock": lock}).outcomes
    assert same.status == "unchanged"
    assert other.status == "improved"
    assert other.changes == ()


def test_package_from_a_vcs_is_asked_of_no_index(run, index):
    index.add("main", "1", requires=["Acme_Lib>=2; python_version >= '3'", "b"])
    index.add("tool", "1", requires=["acme-lib[extra]"])
    index.add("acme-lib", "99", requires=["stolen"])
    entry = 'acme-lib = {git = "https://example.org/acme.git", ref = "COMMIT"}\n'.replace(
        "COMMIT", "c8de57f234383603b92bb1e6fc101c2164d12f1c"
    )
    (outcome,) = run(
        {"Pipfile": f'[packages]\n{entry}main = "*"\n[dev-packages]\ntool = "*"\n'}
    ).outcomes
    assert outcome.status == "improved"
    assert versions(outcome) == {"main": "1", "b": "2.0"}
    assert versions(outcome, "develop") == {"tool": "1"}
    assert index.count("acme") == index.count("stolen") == 0


def test_package_from_a_vcs_elsewhere_is_asked_of_the_index_here(run, index):
    index.add("main", "1", requires=["acme-lib"])
    index.add("acme-lib", "99")
    entry = 'acme-lib = {path = "./acme", markers = "sys_platform == \'win32\'"}\n'
    (outcome,) = run({"Pipfile": f'[packages]\n{entry}main = "*"\n'}).outcomes
    assert versions(outcome) == {"main": "1", "acme-lib": "99"}


def test_environments_of_one_lockfile_are_solved_together(run):
    configuration = (
        "runtime_environments:\n"
        "- {name: old, python_version: '3.11'}\n"
        "- {name: new, python_version: '3.12'}\n"
    )
    proposal = run({"requirements.in": "c\n", ".thoth.yaml": configuration})
    (outcome,) = proposal.outcomes
    assert [each.name for each in outcome.target.environments] == ["old", "new"]
    assert versions(outcome) == {"c": "2.0"}


def test_overlays_are_targets_of_their_own(run):
    configuration = (
        "overlays_dir: overlays\n"
        "runtime_environments:\n"
        "- {name: old, python_version: '3.11'}\n"
        "- {name: new, python_version: '3.12'}\n"
    )
    files = {
        ".thoth.yaml": configuration,
        "overlays/old/requirements.in": "c\n",
        "overlays/new/requirements.in": "c\n",
    }
    old, new = run(files).outcomes
    assert old.target.lockfile == "overlays/old/requirements.txt"
    assert versions(old) == {"c": "2.0"}
    assert new.target.lockfile == "overlays/new/requirements.txt"
    assert versions(new) == {"c": "3.0"}


def test_python_version_file_decides_when_nothing_is_declared(run):
    (outcome,) = run({"requirements.in": "c\n", ".python-version": "3.12\n"}).outcomes
    assert versions(outcome) == {"c": "3.0"}


def test_no_stack_is_only_said_after_asking_the_index_again(run, index):
    assert run({"requirements.in": "c<3\n"}).outcomes[0].status == "improved"
    index.add("c", "2.5")
    asked = index.count()
    (outcome,) = run({"requirements.in": "c>2,<3\n"}).outcomes
    assert versions(outcome) == {"c": "2.5"}
    assert index.count() > asked


def test_a_package_that_was_missing_a_moment_ago_is_found(run, index):
    assert run({"requirements.in": "late\n"}).outcomes[0].status == "conflict"
    index.add("late", "1.0")
    assert versions(run({"requirements.in": "late\n"}).outcomes[0]) == {"late": "1.0"}


def test_fresh_answers_that_have_a_stack_are_not_asked_for_again(run, index):
    run({"requirements.in": "a\n"})
    asked = index.count()
    run({"requirements.in": "a\n"})
    assert index.count() == asked


def test_conflict_is_an_outcome_with_its_explanation(run):
    (outcome,) = run({"requirements.in": "c>=3\n", ".python-version": "3.11\n"}).outcomes
    assert outcome.status == "conflict"
    assert outcome.new_text is None
    assert "requirements.in:1: c>=3" in outcome.conflict.explanation
    assert "c 3.0 needs Python >=3.12" in outcome.conflict.explanation


def test_broken_lockfile_is_an_input_error_naming_it(run):
    with pytest.raises(InputError, match=r"Pipfile\.lock"):
        run({"Pipfile": '[packages]\na = "*"\n', "Pipfile.lock": "{not json"})


def test_project_without_a_manifest_is_an_input_error():
    with pytest.raises(InputError, match="no manifest found"):
        find_targets(MappingFiles({}))


def test_requirements_txt_alone_is_left_alone_with_a_note():
    targets, notes = find_targets(MappingFiles({"requirements.txt": b"a==1.0\n"}))
    assert targets == []
    assert "requirements.txt" in notes[0]


OVERLAYS = (
    "overlays_dir: overlays\n"
    "runtime_environments:\n"
    "  - {name: old, python_version: '3.11'}\n"
    "  - {name: new, python_version: '3.12'}\n"
)


@pytest.mark.parametrize(
    ("managers", "lockfiles"),
    [
        ("", ["old", "new"]),
        ("managers: [{name: update, env_allow_list: [new]}]\n", ["new"]),
        ("managers: [{name: update, env_disallow_list: [new]}]\n", ["old"]),
        (
            "managers:\n- {name: update, env_allow_list: [new]}\n- {name: thoth-advise}\n",
            ["old", "new"],
        ),
        ("managers: [{name: thoth-provenance, env_allow_list: [new]}]\n", ["old", "new"]),
        (
            "managers: [{name: update, env_allow_list: [new], configuration: {enabled: false}}]\n",
            ["old", "new"],
        ),
    ],
)
def test_a_lockfile_is_looked_after_where_a_manager_runs_for_it(run, managers, lockfiles):
    proposal = run(
        {
            ".thoth.yaml": OVERLAYS + managers,
            "overlays/old/requirements.in": "c\n",
            "overlays/new/requirements.in": "c\n",
        }
    )
    found = [outcome.target.lockfile.split("/")[1] for outcome in proposal.outcomes]
    assert found == lockfiles
    assert any("no manager runs" in note for note in proposal.notes) == (len(lockfiles) == 1)


def test_environments_with_an_overlay_are_not_locked_at_the_root():
    configuration = (
        b"overlays_dir: overlays\n"
        b"runtime_environments:\n"
        b"- {name: old, python_version: '3.11'}\n"
        b"- {name: new, python_version: '3.12'}\n"
    )
    files = {
        ".thoth.yaml": configuration,
        "requirements.in": b"c\n",
        "overlays/old/requirements.in": b"c\n",
    }
    targets, _notes = find_targets(MappingFiles(files))
    assert [
        (each.target.lockfile, [own.name for own in each.target.environments]) for each in targets
    ] == [("requirements.txt", ["new"]), ("overlays/old/requirements.txt", ["old"])]
    files["overlays/new/requirements.in"] = b"c\n"
    targets, notes = find_targets(MappingFiles(files))
    assert [each.target.lockfile for each in targets] == [
        "overlays/old/requirements.txt",
        "overlays/new/requirements.txt",
    ]
    assert "requirements.in: passed over, every environment has an overlay" in notes


def test_a_rule_of_the_configuration_holds_for_a_transitive_package(run):
    rules = "packages:\n- {name: b, allow: '<2'}\n"
    (outcome,) = run({"requirements.in": "a\n", ".thoth.yaml": rules}).outcomes
    assert versions(outcome) == {"a": "2.0", "b": "1.0"}


def test_a_rule_that_leaves_nothing_is_named_in_the_conflict(run):
    rules = "packages:\n- {name: b, allow: '>2'}\n"
    (outcome,) = run({"requirements.in": "a\n", ".thoth.yaml": rules}).outcomes
    assert outcome.status == "conflict"
    assert ".thoth.yaml:2 allows only b>2" in outcome.conflict.explanation


def test_an_ignored_update_keeps_the_locked_release_until_its_last_day(run):
    rules = "packages:\n- {name: b, ignore: {update: major, until: 2999-12-31}}\n"
    (first,) = run({"requirements.in": "a\nb<2\n"}).outcomes
    files = {"requirements.in": "a\n", "requirements.txt": first.new_text.decode()}
    (kept,) = run({**files, ".thoth.yaml": rules}).outcomes
    (raised,) = run({**files, ".thoth.yaml": rules.replace("2999", "2020")}).outcomes
    assert versions(kept)["b"] == "1.0"
    assert versions(raised)["b"] == "2.0"


def test_the_proposal_says_the_mode(run):
    files = {"requirements.in": "a\n"}
    assert run(files).mode == "pull-request"
    assert run({**files, ".thoth.yaml": "mode: advise\n"}).mode == "advise"


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pdm.lock"])
def test_lock_that_only_its_own_tool_writes_is_noted(name):
    project = b'[project]\nname = "p"\ndependencies = ["a"]\n'
    files = MappingFiles({"pyproject.toml": project, name: b"version = 1\n"})
    (target,), notes = find_targets(files)
    assert target.target.lockfile == "pylock.toml"
    assert [note for note in notes if note.startswith(f"{name}: left as it is")]


@pytest.mark.parametrize(("manager", "told"), [("thoth-advise", False), ("update", True)])
def test_what_advice_weighs_is_not_said_to_be_without_effect(manager, told):
    configuration = (
        "runtime_environments:\n- {name: x, recommendation_type: security}\n"
        f"managers:\n- {{name: {manager}}}\n"
    )
    files = {"requirements.in": b"a\n", ".thoth.yaml": configuration.encode()}
    _targets, notes = find_targets(MappingFiles(files))
    assert any("`recommendation_type`" in note for note in notes) is told
    assert not any("`managers`" in note for note in notes)


GROUPS = (
    '[project]\nname = "p"\ndependencies = ["a"]\n[project.optional-dependencies]\n'
    'x = ["c"]\n[dependency-groups]\ndev = ["b<2"]\nx = ["a"]\n'
)


def test_extras_and_groups_of_a_project_are_locked_at_one_version_each(run):
    (outcome,) = run({"pyproject.toml": GROUPS}).outcomes
    assert {name: versions(outcome, name) for name in outcome.stacks} == {
        "default": {"a": "2.0", "b": "1.0"},
        "extra:x": {"c": "2.0"},
        "dev": {"b": "1.0"},
        "x": {"a": "2.0", "b": "1.0"},
    }
    text = outcome.new_text.decode()
    assert 'extras = ["x"]\ndependency-groups = ["dev", "x"]' in text
    assert "marker = \"'x' in extras\"" in text
    (again,) = run({"pyproject.toml": GROUPS, "pylock.toml": text}).outcomes
    assert again.status == "unchanged"


def test_groups_that_exclude_each_other_are_a_conflict(run):
    text = GROUPS.replace('x = ["a"]', 'x = ["b>=2"]')
    (outcome,) = run({"pyproject.toml": text}).outcomes
    assert outcome.status == "conflict"
    assert "b>=2" in outcome.conflict.explanation


def test_package_of_an_explicit_index_comes_from_it_and_nothing_else_does(run, index):
    with PackageIndex() as other:
        other.add("a", "9.0", requires=["b"])
        other.add("b", "9.0")
        text = (
            '[project]\nname = "p"\ndependencies = ["a"]\n[[tool.uv.index]]\nname = "x"\n'
            f'url = "{other.url}"\nexplicit = true\n[[tool.uv.index]]\nname = "m"\ndefault = true\n'
            f'url = "{index.url}"\n[tool.uv.sources]\na = {{index = "x"}}\n'
        )
        (outcome,) = run({"pyproject.toml": text}).outcomes
    assert versions(outcome) == {"a": "9.0", "b": "2.0"}
    assert [request.path for request in other.requests if "/b/" in request.path] == []


class FakeTools:
    """Writes `uv.lock` with the decided versions, as uv would; or fails."""

    def __init__(self, *, missing: str | None = None, failing: str | None = None):
        self.missing, self.failing = missing, failing

    def refusal(self, _tool):
        return self.missing

    def write(self, _tool, _manifest, stacks, _previous):
        if self.failing:
            raise ToolFailure(self.failing)
        found = ['[[package]]\nname = "p"\nversion = "1"\nsource = { virtual = "." }\n']
        for name, pin in stacks["default"].pins.items():
            found[0] += "" if "dependencies" in found[0] else "dependencies = ["
            found[0] += f'{{ name = "{name}" }},'
            found.append(
                f'[[package]]\nname = "{name}"\nversion = "{pin.version}"\n'
                'source = { registry = "https://pypi.org/simple" }\n'
            )
        found[0] += "]\n"
        return "".join(("version = 1\n", *found)).encode()


PROJECT = '[project]\nname = "p"\ndependencies = ["a"]\n'


def test_lock_of_the_projects_own_tool_is_updated_and_then_unchanged(run):
    files = {"pyproject.toml": PROJECT, "uv.lock": "version = 1\n"}
    (outcome,) = run(files, tools=FakeTools()).outcomes
    assert outcome.target.lockfile == "uv.lock"
    assert outcome.status == "improved"
    assert [(row.package, row.new) for row in outcome.changes] == [("a", "2.0"), ("b", "2.0")]
    (again,) = run({**files, "uv.lock": outcome.new_text.decode()}, tools=FakeTools()).outcomes
    assert again.status == "unchanged"


@pytest.mark.parametrize(
    "tools", [FakeTools(missing="uv is not here"), FakeTools(failing="uv is not here")]
)
def test_where_the_tool_cannot_write_pylock_is_kept_beside_its_lock(run, tools):
    proposal = run({"pyproject.toml": PROJECT, "uv.lock": "version = 1\n"}, tools=tools)
    (outcome,) = proposal.outcomes
    assert outcome.target.lockfile == "pylock.toml"
    assert proposal.targets[0].target.lockfile == "pylock.toml"
    assert (
        "uv.lock: left as it is: uv is not here; pylock.toml, which pip and uv install from, is kept "
        "beside it" in proposal.notes
    )


PYTHONS = (
    "runtime_environments:\n"
    "  - {name: old, python_version: '3.11'}\n"
    "  - {name: new, python_version: '3.12'}\n"
)


def test_where_no_one_stack_fits_all_environments_each_has_its_own(run, index):
    index.add("d", "1.0", requires_python="<3.12")
    index.add("d", "2.0", requires_python=">=3.12")
    files = {".thoth.yaml": PYTHONS, "pyproject.toml": PROJECT.replace('"a"', '"d"')}
    proposal = run(files)
    (outcome,) = proposal.outcomes
    assert outcome.status == "improved"
    assert [
        {name: pin.version for name, pin in stacks["default"].pins.items()}
        for stacks in outcome.by_environment.values()
    ] == [{"d": "1.0"}, {"d": "2.0"}]
    assert any("no one stack fits all environments" in note for note in proposal.notes)
    (again,) = run({**files, "pylock.toml": outcome.new_text.decode()}).outcomes
    assert again.status == "unchanged"


def test_project_in_a_folder_is_in_the_lock_with_what_it_requires(run):
    text = (
        '[project]\nname = "p"\ndependencies = ["mine"]\n[dependency-groups]\ndev = ["tool"]\n'
        '[tool.uv.sources]\nmine = {path = "libs/mine"}\ntool = {path = "libs/tool"}\n'
    )
    files = {
        "pyproject.toml": text,
        "libs/mine/pyproject.toml": '[project]\nname = "mine"\ndependencies = ["a<2"]\n',
        "libs/tool/pyproject.toml": '[project]\nname = "tool"\ndependencies = ["c"]\n',
    }
    (outcome,) = run(files).outcomes
    packages = {each["name"]: each for each in tomllib.loads(outcome.new_text.decode())["packages"]}
    assert list(packages) == ["a", "b", "c", "mine", "tool"]
    assert packages["a"]["version"] == "1.0"
    assert packages["mine"] == {
        "name": "mine",
        "directory": {"path": "libs/mine", "editable": True},
    }
    assert packages["tool"]["marker"] == "'dev' in dependency_groups"
    (again,) = run({**files, "pylock.toml": outcome.new_text.decode()}).outcomes
    assert again.status == "unchanged"
