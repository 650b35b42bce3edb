from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from advisor_core.errors import IndexFailure, InputError
from advisor_core.lockfiles.pipfile_lock import render_pipfile_lock
from advisor_core.lockfiles.pipfile_lock_reader import read_pipfile_lock
from advisor_core.manifests import MappingFiles, read_manifest
from fakes.pipenv_cases import CASES, PipenvCase
from fakes.stacks import make_pin, make_stack

if TYPE_CHECKING:
    from advisor_core.model import Pin


@pytest.mark.parametrize("name", CASES)
def test_lock_is_byte_for_byte_what_pipenv_writes(name: str) -> None:
    case = PipenvCase(name)
    lock = render_pipfile_lock(case.manifest, case.stacks(), case.before, revisions=case.revisions)
    assert lock.decode() == case.lock.decode()


COMMIT = "c8de57f234383603b92bb1e6fc101c2164d12f1c"


def lock_of(pipfile: str, *pins: Pin, previous: object = None, **options: object) -> dict[str, Any]:
    manifest = read_manifest(MappingFiles({"Pipfile": pipfile.encode()}), "Pipfile")
    before = None if previous is None else json.dumps(previous).encode()
    stacks = {"default": make_stack(*pins)}
    lock: dict[str, Any] = json.loads(render_pipfile_lock(manifest, stacks, before, **options))
    return lock


def test_revision_that_the_caller_knows_is_pinned() -> None:
    pipfile = '[packages]\nthing = {git = "https://example.org/thing.git", ref = "v1"}\n'
    entry = lock_of(pipfile, revisions={"thing": COMMIT})["default"]["thing"]
    assert entry == {"git": "https://example.org/thing.git", "ref": COMMIT}


def test_commit_written_in_the_pipfile_needs_no_one_to_look_it_up() -> None:
    pipfile = f'[packages]\nthing = {{git = "https://example.org/thing.git", ref = "{COMMIT}"}}\n'
    assert lock_of(pipfile)["default"]["thing"]["ref"] == COMMIT


def test_locked_commit_stays_while_the_pipfile_is_the_same() -> None:
    pipfile = '[packages]\nthing = {git = "https://example.org/thing.git", ref = "v1"}\n'
    locked = lock_of(pipfile, revisions={"thing": COMMIT})
    assert lock_of(pipfile, previous=locked) == locked


def test_locked_commit_of_another_reference_is_not_taken_over() -> None:
    pipfile = '[packages]\nthing = {git = "https://example.org/thing.git", ref = "v1"}\n'
    locked = lock_of(pipfile, revisions={"thing": COMMIT})
    changed = lock_of(pipfile.replace("v1", "v2"), previous=locked)
    assert changed["default"]["thing"]["ref"] == "v2"


def test_locked_commit_stays_when_the_pipfile_names_no_reference() -> None:
    pipfile = '[packages]\nthing = {git = "https://example.org/thing.git"}\n'
    locked = lock_of(pipfile, revisions={"thing": COMMIT})
    changed = lock_of(pipfile + 'a = "*"\n', make_pin("a", "1"), previous=locked)
    assert changed["default"]["thing"]["ref"] == COMMIT


def test_what_a_kept_package_may_need_is_not_dropped() -> None:
    pipfile = '[packages]\nthing = {path = "."}\na = "*"\n'
    previous = {
        "_meta": {},
        "default": {
            "a": {"version": "==1"},
            "Needed.By_thing": {"version": "==7", "note": "kept"},
            "thing": {"path": "."},
        },
        "develop": {},
    }
    lock = lock_of(pipfile, make_pin("a", "2"), previous=previous)
    assert lock["default"]["Needed.By_thing"] == {"version": "==7", "note": "kept"}
    assert lock["default"]["a"]["version"] == "==2"


def test_what_nobody_requires_any_more_is_dropped() -> None:
    previous = {"_meta": {}, "default": {"gone": {"version": "==7"}}, "develop": {}}
    lock = lock_of('[packages]\na = "*"\n', make_pin("a", "2"), previous=previous)
    assert set(lock["default"]) == {"a"}


def test_broken_lock_before_carries_nothing_over() -> None:
    manifest = read_manifest(MappingFiles({"Pipfile": b""}), "Pipfile")
    assert render_pipfile_lock(manifest, {}, b"{broken") == render_pipfile_lock(manifest, {})


def test_pin_without_a_hash_is_an_index_failure() -> None:
    with pytest.raises(IndexFailure, match="gives no sha256"):
        lock_of('[packages]\na = "*"\n', make_pin("a", "2", artifacts=()))


def test_spelling_that_is_of_another_package_is_not_used_as_key() -> None:
    pin = make_pin("b", "2", required_by=[("a", "b")])
    (edge,) = pin.required_by
    wrong = replace(pin, required_by=(replace(edge, spelling="_meta"),))
    assert set(lock_of('[packages]\na = "*"\n', make_pin("a", "1"), wrong)["default"]) == {"a", "b"}


class TestWherePipenvIsNotFollowed:
    """Each of these is in `docs/lockfiles.md`."""

    def test_skipped_package_keeps_the_marker_of_its_keys(self) -> None:
        lock = lock_of("[packages]\na = {version = '*', sys_platform = \"== 'win32'\"}\n")
        assert lock["default"]["a"] == {"markers": "sys_platform == 'win32'", "version": "*"}

    def test_skipped_package_with_a_range_is_locked_as_any_version(self) -> None:
        lock = lock_of("[packages]\na = {version = '>=1', markers = \"os_name == 'nt'\"}\n")
        assert lock["default"]["a"] == {"markers": "os_name == 'nt'", "version": "*"}

    def test_alternative_stays_one_when_joined_with_a_key(self) -> None:
        entry = "{version = '*', markers = \"os_name == 'a' or os_name == 'b'\", python_version = \"> '3'\"}"
        lock = lock_of(f"[packages]\na = {entry}\n", make_pin("a", "1"))
        assert lock["default"]["a"]["markers"] == (
            "(os_name == 'a' or os_name == 'b') and python_version > '3'"
        )

    def test_package_of_some_environments_has_their_marker(self) -> None:
        both = ("linux", "windows")
        lock = lock_of(
            '[packages]\na = "*"\n',
            make_pin("a", "1", environments=both),
            make_pin(
                "b",
                "2",
                environments=("windows",),
                required_by=[("a", "b; sys_platform == 'win32'")],
                requires_python=">=3.8",
            ),
            make_pin("c", "3", environments=("windows",), required_by=[("b", "c>=1")]),
            make_pin(
                "d",
                "4",
                environments=both,
                required_by=[("a", "d; os_name == 'nt'"), ("a", "d; os_name != 'nt'")],
            ),
        )
        markers = {name: entry.get("markers") for name, entry in lock["default"].items()}
        assert markers == {
            "a": None,
            "b": "python_version >= '3.8' and sys_platform == 'win32'",
            "c": "sys_platform == 'win32'",
            "d": None,
        }

    def test_package_that_only_a_later_source_has_names_it(self) -> None:
        names = ("one", "main")
        sources = (
            f'[[source]]\nname = "{name}"\nurl = "https://{name}.example"\n' for name in names
        )
        lock = lock_of(
            "".join(sources) + '[packages]\na = "*"\n',
            make_pin("a", "1"),
            replace(make_pin("b", "1", required_by=[("a", "b")]), index="one"),
        )
        assert [lock["default"][name].get("index") for name in "ab"] == ["main", None]


def test_reader_reports_every_fault_with_its_key() -> None:
    text = (
        b'{"default": {"a": {"version": 1}, "b": {"version": "==x"}, "c": [1]}, "develop": [],'
        b'"x": "note", "y": {"why": "a note"}}'
    )
    with pytest.raises(InputError) as caught:
        read_pipfile_lock(text)
    assert [fault.place for fault in caught.value.faults] == [
        "Pipfile.lock: default.a.version",
        "Pipfile.lock: default.b.version",
        "Pipfile.lock: default.c",
        "Pipfile.lock: develop",
    ]


def test_reader_leaves_out_what_pins_no_version() -> None:
    text = b'{"default": {"A.b": {"version": "==1.0"}, "c": {"version": "*"}, "d": {"git": "x"}}}'
    assert read_pipfile_lock(text) == {"default": {"a-b": "1.0"}, "develop": {}}


def test_broken_json_is_told_with_its_line() -> None:
    with pytest.raises(InputError, match=r"^Pipfile\.lock:2: not JSON: "):
        read_pipfile_lock(b'{"default": {},\n"develop": {]}')


def test_lock_of_another_kind_of_manifest_is_refused() -> None:
    manifest = read_manifest(MappingFiles({"a.in": b"x"}), "a.in")
    with pytest.raises(InputError, match="is made of a Pipfile only"):
        render_pipfile_lock(manifest, {})
