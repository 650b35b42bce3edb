"""How the changes of a lockfile are divided into groups."""

from __future__ import annotations

import pytest

from advisor_core.config import read_configuration
from advisor_core.errors import InputError
from bot.managers.groups import divide, group_branch, is_for_group
from bot.managers.packages import packages_branch
from fakes.outcomes import change, improved

GROUPS = read_configuration(
    b"groups:\n"
    b"- {name: tests, packages: ['PyTest*', coverage]}\n"
    b"- {name: small, updates: [patch]}\n"
).groups


def shares(*changes):
    return {share.group: dict(share.wish.pins) for share in divide([improved(changes)], GROUPS)}


def test_the_first_group_that_takes_a_change_has_it():
    found = shares(
        change("pytest", "8.0", "9.0"),
        change("pytest-cov", "5.0.0", "5.0.1"),
        change("flask", "3.0.0", "3.0.1"),
        change("jinja2", "2.0", "3.0"),
    )
    assert found == {
        "tests": {"pytest": "9.0", "pytest-cov": "5.0.1"},
        "small": {"flask": "3.0.1"},
    }


def test_what_comes_and_goes_follows_those_that_need_it():
    assert shares(change("pytest", None, "9.0"), change("coverage", "7", None)) == {}


def test_a_share_moves_its_packages_and_no_others():
    (share,) = divide([improved([change("pytest", "8.0", "9.0")])], GROUPS)
    assert (share.wish.only, share.lockfile) == (("pytest",), "Pipfile.lock")
    assert share.branch == "thoth/update/pipfile-lock.+tests"


def test_branches_of_groups_are_like_no_others():
    names = ["tests", "Tests", "te/sts", "..", "@{", "-", "é", "x" * 50, "a b"]
    branches = [group_branch("Pipfile.lock", name) for name in names]
    assert len(set(branches)) == len(names)
    assert all(is_for_group(branch) for branch in branches)
    for branch in branches:
        last = branch.rpartition("+")[2]
        assert last.strip("abcdefghijklmnopqrstuvwxyz0123456789-") == ""
        assert not last.startswith("-")
    assert not is_for_group(packages_branch("Pipfile.lock", ["tests"]))


def test_every_fault_of_a_group_names_its_line():
    with pytest.raises(InputError) as caught:
        read_configuration(
            b"groups:\n- {packages: a}\n- {name: a, packages: ['a b']}\n- {name: b, updates: huge}\n"
            b"- {name: c}\n- {name: c}\n- {name: d, kinds: patch}\n"
        )
    assert [str(fault).partition("\n")[0] for fault in caught.value.faults] == [
        ".thoth.yaml:2: a group without `name`, or with a long one",
        ".thoth.yaml:3: not a pattern of package names: 'a b'",
        ".thoth.yaml:4: `updates` must be of patch, minor, major: 'huge'",
        ".thoth.yaml:6: a group of this name is already there: 'c'",
        ".thoth.yaml:7: unknown key in a group: 'kinds'",
    ]
