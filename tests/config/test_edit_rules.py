"""A rule is changed, and nothing else of the file."""

from __future__ import annotations

import pytest

from advisor_core.config import read_configuration
from advisor_core.config.edit import RuleEdit, edit_rules
from advisor_core.errors import InputError

FILE = b"""\
# our own remark
runtime_environments:
- name: 'prod'   # quoted as we like
  python_version: "3.12"
packages:
# security says so
- name: [a, b]
  allow: ">=1"
  ignore: major
- name: c
  pin: 1.0
"""


def edited(edit, text=FILE):
    result = edit_rules(text, edit)
    assert result is not None
    return result.decode()


def test_an_ignore_is_added_and_the_rest_stays_to_the_letter():
    text = edited(RuleEdit("d", ignore="==2.1", until="2027-01-31"))
    assert (
        text == FILE.decode() + "- name: d\n  ignore:\n    update: ==2.1\n    until: '2027-01-31'\n"
    )


def test_a_pin_replaces_the_pin_of_the_packages_own_rule():
    assert edited(RuleEdit("c", pin="2.0")) == FILE.decode().replace("pin: 1.0", "pin: '2.0'")


def test_a_second_ignore_stands_beside_the_first():
    once = edited(RuleEdit("d", ignore="major"))
    rules = read_configuration(edited(RuleEdit("d", ignore="==3"), once.encode()).encode()).packages
    assert [ignored.text for ignored in rules[-1].ignore] == ["major", "==3"]


@pytest.mark.parametrize(
    "edit",
    [
        RuleEdit("c", pin="1.0"),
        RuleEdit("x", remove=("ignore",)),
        RuleEdit("c", remove=("ignore",)),
    ],
)
def test_what_is_so_already_is_no_change(edit):
    text = FILE.replace(b"pin: 1.0", b"pin: '1.0'")
    assert edit_rules(text, edit) is None


def test_the_other_packages_of_a_rule_keep_it():
    text = edited(RuleEdit("b", remove=("ignore",)))
    rules = {rule.names: rule for rule in read_configuration(text.encode()).packages}
    assert [ignored.text for ignored in rules["a",].ignore] == ["major"]
    assert rules["b",].ignore == ()
    assert rules["b",].allow == ">=1"
    assert "# security says so" in text


def test_a_rule_that_would_say_nothing_is_gone():
    text = edited(RuleEdit("c", remove=("pin", "ignore")))
    assert "name: c" not in text


@pytest.mark.parametrize("text", [None, b"", b"# only a remark\n"])
def test_a_file_is_begun_where_there_is_none(text):
    result = edited(RuleEdit("a", ignore="all"), text)
    assert result == (text or b"").decode() + "packages:\n- name: a\n  ignore: all\n"


def test_a_broken_file_is_told_and_not_touched():
    with pytest.raises(InputError):
        edit_rules(b"packages: 5\n", RuleEdit("a", pin="1"))
