"""Lines of a manifest count where their marker holds; constraints and demanded hashes limit."""

from __future__ import annotations

import pytest

from advisor_core.environment.declaration import make_environment
from advisor_core.errors import InputError
from advisor_core.resolver.explain import explain_impasse
from advisor_core.resolver.session import Impasse
from advisor_core.resolver.solve import solver_class
from fakes.releases import Release, make_session, pins, resolve

ONE, TWO = "1" * 64, "2" * 64

INDEX = {"a": {"1.0": Release(requires=("b",))}, "b": {v: Release() for v in ("1.0", "2.0", "3.0")}}

LINUX = make_environment(python="3.11.7", platform="manylinux_2_28_x86_64", name="linux")
WINDOWS = make_environment(python="3.11.7", platform="win_amd64", name="windows")


@pytest.mark.parametrize(
    ("constraint", "version"),
    [
        ("b<2", "1.0"),
        ("b<2; python_version < '3.9'", "3.0"),
        ("b<3; python_version >= '3.9'", "2.0"),
        ("b<2; sys_platform == 'win32'", "3.0"),
    ],
)
def test_a_constraint_counts_where_its_marker_holds(constraint, version):
    assert pins(resolve(INDEX, ["a"], constraints=[constraint]))["b"] == version


def test_a_constraint_of_one_environment_binds_the_stack_that_all_share():
    constraints = ["b<2; sys_platform == 'win32'"]
    both = resolve(INDEX, ["a"], constraints=constraints, environments=(LINUX, WINDOWS))
    assert pins(both)["b"] == "1.0"
    linux_only = ["a; sys_platform == 'linux'"]
    alone = resolve(INDEX, linux_only, constraints=constraints, environments=(LINUX, WINDOWS))
    assert pins(alone)["b"] == "3.0"


def test_markers_that_compare_what_cannot_be_compared_are_told_together_with_their_lines():
    with pytest.raises(InputError) as told:
        make_session(INDEX, ["a; sys_platform ~= 'linux'"], constraints=["b; os_name ~= 'posix'"])
    places = [fault.place for fault in told.value.faults]
    assert places == ["requirements.in:1", "constraints.txt:1"]
    assert all(fault.hint for fault in told.value.faults)


def test_a_release_without_a_file_of_a_demanded_hash_is_no_candidate():
    index = {"b": {"1.0": Release(hashes=(ONE,)), "2.0": Release(hashes=(TWO,))}}
    stack = resolve(index, ["b"], hashes={1: (f"sha256:{ONE}",)})
    assert pins(stack) == {"b": "1.0"}


def test_only_files_of_a_demanded_hash_are_part_of_the_stack():
    both = Release(tags=("py3-none-any",), sdist=True, hashes=(ONE, TWO))
    stack = resolve({"b": {"1.0": both}}, ["b==1.0"], hashes={1: (f"sha256:{TWO}",)})
    (artifact,) = stack.pins["b"].artifacts
    assert artifact.hashes == {"sha256": TWO}


def test_hashes_are_not_demanded_where_the_marker_does_not_hold():
    index = {"b": {"1.0": Release(hashes=(ONE,))}}
    requirements = ["b; sys_platform == 'win32'", "b"]
    assert pins(resolve(index, requirements, hashes={1: (f"sha256:{TWO}",)})) == {"b": "1.0"}


def test_hashes_that_nothing_has_are_named_with_their_line():
    index = {"b": {"1.0": Release(hashes=(ONE,))}}
    impasse = resolve(index, ["b==1.0"], hashes={1: (f"sha256:{TWO}",)})
    assert isinstance(impasse, Impasse)
    told = explain_impasse(impasse, engine=solver_class()).explanation
    assert "requirements.in:1 demands hashes that no file of such a release has" in told
