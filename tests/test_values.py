"""Value classes behave as the standard library's dataclasses do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys

import pytest

from advisor_core import values

MAKERS = [dataclasses, values]


def make_frozen(maker):
    @maker.dataclass(frozen=True, slots=True)
    class Point:
        """A point."""

        x: int
        y: int = 2
        tags: dict[str, int] = maker.field(default_factory=dict)

        @property
        def total(self) -> int:
            return self.x + self.y

    return Point


def make_open(maker):
    @maker.dataclass(slots=True)
    class Box:
        items: list[int] = maker.field(default_factory=list)
        name: str = ""

    return Box


@values.dataclass(frozen=True, slots=True)
class Pickled:
    x: int
    y: tuple[int, ...] = ()


@pytest.mark.parametrize("maker", MAKERS)
class TestEveryMaker:
    def test_values_are_made_by_position_and_keyword_with_defaults(self, maker):
        point = make_frozen(maker)
        assert (point(1).x, point(1).y, point(1).tags) == (1, 2, {})
        assert point(1, y=5).total == 6
        assert point(1).tags is not point(1).tags
        with pytest.raises(TypeError, match=r"__init__\(\) missing 1 required positional"):
            point()
        with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
            point(1, z=2)

    def test_equal_when_all_fields_are_and_of_one_class(self, maker):
        point = make_frozen(maker)
        assert point(1) == point(1, 2, {})
        assert point(1) != point(2)
        assert point(1) != make_frozen(maker)(1)
        assert point(1) != (1, 2, {})

    def test_frozen_values_refuse_change_and_have_a_hash(self, maker):
        point = make_frozen(maker)
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
            point(1).x = 2
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
            del point(1).x
        with pytest.raises(TypeError, match="unhashable"):
            hash(point(1))  # its dict has none
        assert hash(Pickled(1)) == hash(Pickled(1))

    def test_open_values_change_and_have_no_hash(self, maker):
        box = make_open(maker)()
        box.name = "b"
        assert box.name == "b"
        with pytest.raises(TypeError, match="unhashable"):
            hash(box)
        with pytest.raises(AttributeError):
            box.other = 1

    def test_shown_copied_matched_replaced_and_described(self, maker):
        point = make_frozen(maker)
        assert repr(point(1)).endswith("Point(x=1, y=2, tags={})")
        assert copy.deepcopy(point(1)) == point(1)
        assert point.__match_args__ == ("x", "y", "tags")
        assert maker.replace(point(1), y=9) == point(1, 9)
        assert dataclasses.replace(point(1), y=9) == point(1, 9)
        assert dataclasses.is_dataclass(point)
        assert dataclasses.asdict(point(1)) == {"x": 1, "y": 2, "tags": {}}
        assert point.__doc__ == "A point."
        match point(1):
            case point(x=x, y=2):
                assert x == 1
            case _:
                pytest.fail("did not match")


def test_values_survive_pickling():
    assert pickle.loads(pickle.dumps(Pickled(1, (2, 3)))) == Pickled(1, (2, 3))


def test_inheritance_and_missing_slots_are_refused():
    with pytest.raises(TypeError, match="have slots"):
        values.dataclass(slots=False)
    with pytest.raises(TypeError, match="inherits from nothing"):

        @values.dataclass(slots=True)
        class Child(list):
            x: int


def test_the_model_does_not_import_dataclasses():
    code = "import sys, advisor_core.model; print('dataclasses' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
