from __future__ import annotations

from dataclasses import dataclass

import pytest

from advisor_core.environment import make_environment
from advisor_core.environment.fit import release_misfit, shape_fits, wheel_rank
from advisor_core.releases import FileShape

LINUX = make_environment(python="3.11", platform="linux_x86_64")


@dataclass(frozen=True)
class Policy:
    only_binary: frozenset[str] = frozenset()
    no_binary: frozenset[str] = frozenset()


def shape(tags="", requires_python=None, *, yanked=False):
    return FileShape(tags, requires_python, yanked)


OURS = shape("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
WINDOWS = shape("cp311-cp311-win_amd64")
SDIST = shape()


def misfit(*shapes, name="a", only_binary=(), no_binary=(), admit_yanked=False, environment=LINUX):
    return release_misfit(
        shapes,
        environment=environment,
        name=name,
        policy=Policy(frozenset(only_binary), frozenset(no_binary)),
        admit_yanked=admit_yanked,
    )


def test_a_release_fits_when_one_file_does():
    assert misfit(WINDOWS, OURS) is None
    assert misfit(WINDOWS, SDIST) is None
    assert misfit(shape("py3-none-any")) is None


def test_a_release_without_a_fitting_wheel_and_without_an_sdist_does_not():
    assert misfit(WINDOWS) == (
        "have no wheel for Python 3.11 on manylinux_2_28_x86_64 and no sdist"
    )


def test_a_newer_c_library_than_the_environments_does_not_fit():
    assert misfit(shape("cp311-cp311-manylinux_2_34_x86_64")) is not None


def test_only_binary_forbids_sdists_of_the_name_or_of_all():
    assert misfit(SDIST, only_binary=["a"]) == "have only an sdist, which `--only-binary` forbids"
    assert misfit(SDIST, only_binary=["b"]) is None
    assert misfit(SDIST, WINDOWS, only_binary=[":all:"]) == (
        "have no wheel for Python 3.11 on manylinux_2_28_x86_64 "
        "and `--only-binary` forbids the sdist"
    )
    assert misfit(OURS, SDIST, only_binary=["a"]) is None


def test_no_binary_forbids_wheels():
    assert misfit(OURS, no_binary=["a"]) == "have only wheels, which `--no-binary` forbids"
    assert misfit(OURS, SDIST, no_binary=["a"]) is None


def test_a_name_wins_over_all():
    assert misfit(SDIST, only_binary=[":all:"], no_binary=["a"]) is None
    assert misfit(OURS, no_binary=[":all:"], only_binary=["a"]) is None


def test_yanked_files_fit_only_when_admitted():
    yanked = shape("py3-none-any", yanked=True)
    assert misfit(yanked) == "are yanked"
    assert misfit(yanked, admit_yanked=True) is None


def test_requires_python_must_hold_the_environments_python():
    assert misfit(shape("py3-none-any", ">=3.12")) == "need Python >=3.12"
    assert misfit(shape("py3-none-any", ">=3.9,!=3.11.4")) is None


def test_a_patch_that_was_not_declared_is_said_to_be_in_the_way():
    assert misfit(shape("py3-none-any", ">=3.11.3")) == (
        "need Python >=3.11.3 (Python 3.11 is taken as 3.11.0: declare the patch release)"
    )
    patched = make_environment(python="3.11.7", platform="linux_x86_64")
    assert misfit(shape("py3-none-any", ">=3.11.3"), environment=patched) is None
    assert misfit(shape("py3-none-any", ">=3.11.9"), environment=patched) == "need Python >=3.11.9"


def test_a_requires_python_that_is_not_pep_440_excludes_nothing():
    assert misfit(shape("py3-none-any", "what?")) is None


def test_the_reason_of_the_file_that_came_furthest_is_given():
    assert misfit(WINDOWS, shape("", ">=3.12")) == "need Python >=3.12"
    assert misfit(shape("py3-none-any", yanked=True), WINDOWS, SDIST, only_binary=["a"]).startswith(
        "have no wheel"
    )


def test_a_release_without_files_does_not_fit():
    assert misfit() == "have no files"


def test_one_file_is_judged_like_a_release_of_it():
    assert shape_fits(OURS, environment=LINUX, name="a", policy=Policy()) is None


def test_the_rank_of_a_wheel_is_that_of_its_best_tag():
    exact = wheel_rank("a-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", LINUX)
    pure = wheel_rank("a-1.0-1build-py2.py3-none-any.whl", LINUX)
    assert exact == 0
    assert pure is not None
    assert pure > exact
    assert wheel_rank("a-1.0-cp311-cp311-win_amd64.whl", LINUX) is None


@pytest.mark.parametrize("filename", ["", "a.whl", "a-1.whl", "---.whl", "a-1.0.tar.gz"])
def test_a_filename_that_is_no_wheel_has_no_rank(filename):
    assert wheel_rank(filename, LINUX) is None
