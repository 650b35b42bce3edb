"""What a resolution answers, over fake projects, with both engines."""

from __future__ import annotations

import pytest

from advisor_core._engine import Solver
from advisor_core.environment.declaration import make_environment
from advisor_core.errors import InputError
from advisor_core.resolver.explain import explain_impasse
from advisor_core.resolver.reasons import explain_pins
from advisor_core.resolver.reference import Solver as ReferenceSolver
from advisor_core.resolver.request import Policy
from advisor_core.resolver.session import Impasse
from advisor_core.resolver.wording import describe_versions, say
from fakes.releases import Release, make_session, pins, run_session
from fakes.releases import resolve as resolve_with


@pytest.fixture(params=[Solver, ReferenceSolver], ids=["c", "python"])
def resolve(request):
    def run(index, requirements, **options):
        return resolve_with(index, requirements, engine=request.param, **options)

    run.engine = request.param
    return run


def releases(*versions: str, **same) -> dict[str, Release]:
    return {version: Release(**same) for version in versions}


def explain(answer, engine) -> str:
    assert isinstance(answer, Impasse)
    return explain_impasse(answer, engine=engine).explanation


def test_newest_release_of_each_is_taken(resolve):
    index = {"a": {"2.0": Release(("b>=1",)), "1.0": Release()}, "b": releases("1.0", "3.0", "2.0")}
    assert pins(resolve(index, ["a"])) == {"a": "2.0", "b": "3.0"}


def test_roots_are_preferred_in_the_order_declared(resolve):
    index = {
        "a": {"2": Release(("c<2",)), "1": Release(("c",))},
        "b": {"2": Release(("c>=2",)), "1": Release(("c",))},
        "c": releases("1", "2"),
    }
    assert pins(resolve(index, ["a", "b"])) == {"a": "2", "b": "1", "c": "1"}
    assert pins(resolve(index, ["b", "a"])) == {"a": "1", "b": "2", "c": "2"}


def test_extra_brings_its_requirements_and_ties_to_its_package(resolve):
    index = {
        "a": {
            "2": Release(('b; extra == "fast"', "c")),
            "1": Release(('b<2; extra == "fast"',)),
        },
        "b": releases("1", "2"),
        "c": releases("1"),
    }
    assert pins(resolve(index, ["a"])) == {"a": "2", "c": "1"}
    answer = resolve(index, ["a[fast]"])
    assert pins(answer) == {"a": "2", "b": "2", "c": "1"}
    assert answer.pins["a"].extras == ("fast",)
    assert pins(resolve(index, ["a[fast]<2"])) == {"a": "1", "b": "1"}


def test_extra_that_does_not_exist_brings_nothing(resolve):
    assert pins(resolve({"a": releases("1")}, ["a[nope]"])) == {"a": "1"}


def test_extra_follows_its_package_when_that_is_held_back(resolve):
    index = {
        "a": {v: Release(('b; extra == "x"',)) for v in ("1", "2", "3")},
        "b": releases("1"),
        "c": {"1": Release(("a<3",))},
    }
    answer = resolve(index, ["c", "a[x]"])
    assert pins(answer) == {"a": "2", "b": "1", "c": "1"}


def test_marker_decides_by_environment(resolve):
    index = {
        "a": {"1": Release(('w; sys_platform == "win32"', 'l; sys_platform == "linux"'))},
        "w": releases("1"),
        "l": releases("1"),
    }
    linux = make_environment(python="3.11.7", platform="manylinux_2_28_x86_64", name="linux")
    windows = make_environment(python="3.11.7", platform="win_amd64", name="windows")
    assert pins(resolve(index, ["a"], environments=(linux,))) == {"a": "1", "l": "1"}
    both = resolve(index, ["a"], environments=(linux, windows))
    assert pins(both) == {"a": "1", "l": "1", "w": "1"}
    assert both.pins["l"].environments == ("linux",)
    assert both.pins["w"].environments == ("windows",)
    assert both.pins["a"].environments == ("linux", "windows")


def test_one_version_serves_every_environment(resolve):
    linux = make_environment(python="3.11.7", platform="manylinux_2_28_x86_64", name="linux")
    windows = make_environment(python="3.11.7", platform="win_amd64", name="windows")
    index = {
        "a": {
            "3": Release(tags=("py3-none-manylinux_2_17_x86_64",)),
            "2": Release(tags=("py3-none-manylinux_2_17_x86_64", "py3-none-win_amd64")),
        }
    }
    assert pins(resolve(index, ["a"], environments=(linux, windows))) == {"a": "2"}
    assert pins(resolve(index, ['a; sys_platform == "linux"'], environments=(linux, windows))) == {
        "a": "3"
    }


def test_release_without_a_fitting_file_is_passed_over(resolve):
    index = {
        "a": {
            "4": Release(tags=("py3-none-win_amd64",)),
            "3": Release(requires_python=">=3.12"),
            "2": Release(tags=(), sdist=True),
            "1": Release(),
        }
    }
    assert pins(resolve(index, ["a"])) == {"a": "2"}
    assert pins(resolve(index, ["a"], policy=Policy(only_binary=frozenset([":all:"])))) == {
        "a": "1"
    }


def test_requires_python_of_the_metadata_counts_when_the_index_is_silent(resolve):
    index = {"a": {"2": Release(metadata_requires_python=">=3.12"), "1": Release()}}
    assert pins(resolve(index, ["a"])) == {"a": "1"}


def test_release_with_unknown_requirements_is_no_candidate_and_is_listed(resolve):
    index = {"a": {"2": Release(unknown="its metadata is dynamic"), "1": Release()}}
    answer = resolve(index, ["a"])
    assert pins(answer) == {"a": "1"}
    assert answer.skipped == {"a": {"2": "its metadata is dynamic"}}


def test_unsatisfiable_answer_names_the_skipped_releases(resolve):
    index = {
        "a": {"2": Release(unknown="its metadata is dynamic"), "1": Release()},
        "b": {"1": Release(("c>=2",))},
        "c": releases("1"),
    }
    text = explain(resolve(index, ["a", "b"]), resolve.engine)
    assert text.endswith(
        "releases left out because their requirements are unknown\n  a 2: its metadata is dynamic"
    )


def test_release_that_requires_a_direct_url_is_passed_over(resolve):
    index = {"a": {"2": Release(("b @ https://x.example/b.zip",)), "1": Release()}}
    assert pins(resolve(index, ["a"])) == {"a": "1"}


def test_release_that_requires_a_package_no_index_has_is_passed_over(resolve):
    index = {"a": {"2": Release(("gone",)), "1": Release()}}
    assert pins(resolve(index, ["a"])) == {"a": "1"}


class TestPrereleases:
    index = {"a": releases("2.0rc1", "1.0", "1.0.dev3")}

    def test_left_out_by_default(self, resolve):
        assert pins(resolve(self.index, ["a"])) == {"a": "1.0"}

    def test_taken_when_the_manifest_names_one(self, resolve):
        assert pins(resolve(self.index, ["a>=1.5rc1"])) == {"a": "2.0rc1"}
        assert pins(resolve(self.index, ["a>=0.9.dev1"])) == {"a": "2.0rc1"}

    def test_taken_when_asked_for(self, resolve):
        assert pins(resolve(self.index, ["a"], policy=Policy(prereleases=True))) == {"a": "2.0rc1"}

    def test_taken_when_nothing_else_satisfies(self, resolve):
        assert pins(resolve(self.index, ["a>1"])) == {"a": "2.0rc1"}

    def test_taken_when_only_they_satisfy_all_requirements_together(self, resolve):
        index = {
            "b": {"1": Release(("a!=1.0,<3",))},
            "a": releases("2.0rc1", "1.0", "3.0"),
        }
        assert pins(resolve(index, ["b", "a<3"])) == {"a": "2.0rc1", "b": "1"}

    def test_final_release_is_preferred_when_a_dependency_names_one(self, resolve):
        index = {"b": {"1": Release(("a>=0.9rc1",))}, **self.index}
        assert pins(resolve(index, ["b"])) == {"a": "1.0", "b": "1"}

    def test_taken_when_a_dependency_needs_one(self, resolve):
        index = {"b": {"1": Release(("a>=1.1rc1",))}, **self.index}
        assert pins(resolve(index, ["b", "a"])) == {"a": "2.0rc1", "b": "1"}


class TestYanked:
    index = {"a": {"2": Release(yanked=True), "1": Release()}}

    def test_passed_over(self, resolve):
        assert pins(resolve(self.index, ["a"])) == {"a": "1"}
        assert isinstance(resolve(self.index, ["a>1"]), Impasse)

    def test_kept_when_pinned(self, resolve):
        answer = resolve(self.index, ["a==2"])
        assert pins(answer) == {"a": "2"}
        assert answer.pins["a"].yanked == "broken"

    def test_kept_when_a_dependency_pins_it(self, resolve):
        index = {"b": {"1": Release(("a==2",))}, **self.index}
        assert pins(resolve(index, ["b"])) == {"a": "2", "b": "1"}

    def test_not_kept_when_what_pinned_it_is_not_in_the_stack(self, resolve):
        index = {
            "b": {"2": Release(("a==2", "c<1")), "1": Release(("a",))},
            "c": releases("1"),
            **self.index,
        }
        assert pins(resolve(index, ["b", "c"])) == {"a": "1", "b": "1", "c": "1"}


def test_exclude_newer_shows_the_index_as_it_was(resolve):
    index = {"a": {"3": Release(day=30), "2": Release(day=20), "1": Release(day=None)}}
    day = 86_400
    assert pins(resolve(index, ["a"], policy=Policy(exclude_newer=25 * day))) == {"a": "2"}
    assert isinstance(resolve(index, ["a"], policy=Policy(exclude_newer=20 * day)), Impasse)


def test_constraint_limits_without_requiring(resolve):
    index = {"a": {"1": Release(("b",))}, "b": releases("1", "2"), "c": releases("1")}
    assert pins(resolve(index, ["a"], constraints=["b<2", "c<5"])) == {"a": "1", "b": "1"}


def test_pins_of_another_category_hold(resolve):
    index = {"a": {"1": Release(("b",))}, "b": releases("1", "2")}
    assert pins(resolve(index, ["a"], fixed={"b": "1"})) == {"a": "1", "b": "1"}


def test_direct_url_in_the_manifest_is_an_input_error_with_its_line(resolve):
    with pytest.raises(InputError, match=r"requirements.in:1: a direct URL cannot be resolved"):
        resolve({}, ["a @ https://x.example/a.zip"])


def test_nothing_is_asked_for_twice(resolve):
    index = {
        "a": {v: Release((f"b=={v}",)) for v in ("1", "2", "3")},
        "b": {v: Release(("c<2",)) for v in ("1", "2", "3")},
        "c": releases("2"),
    }
    world = make_session(index, ["a"], engine=resolve.engine)
    answer = run_session(world)
    assert isinstance(answer, Impasse)
    assert len(world.asked) == len(set(world.asked))


class TestExplanation:
    def test_names_the_lines_at_fault_and_no_others(self, resolve):
        index = {
            "a": {"2": Release(("c<2",)), "1": Release(("c<1.5",))},
            "b": releases("1"),
            "c": releases("1", "2"),
        }
        answer = resolve(index, ["b", "a", "c>=2"])
        conflict = explain_impasse(answer, engine=resolve.engine)
        assert [str(each.origin) for each in conflict.at_fault] == [
            "requirements.in:2",
            "requirements.in:3",
        ]
        assert conflict.explanation == (
            "no stack satisfies\n"
            "  requirements.in:2: a\n"
            "  requirements.in:3: c>=2\n"
            "because\n"
            "  a 2 requires c <2\n"
            "  a 1 requires c <1.5"
        )

    def test_line_that_a_contradictory_release_makes_needless_is_left_out(self, resolve):
        index = {"a": releases("1", "2"), "c": {"1": Release(("a==1", "a==2"))}}
        conflict = explain_impasse(resolve(index, ["a==1", "c"]), engine=resolve.engine)
        assert [each.text for each in conflict.at_fault] == ["c"]

    def test_missing_package_is_said(self, resolve):
        text = explain(resolve({}, ["nope"]), resolve.engine)
        assert text == (
            "no stack satisfies\n  requirements.in:1: nope\nbecause\n"
            "  no index has a package named nope"
        )

    def test_files_that_do_not_fit_are_said(self, resolve):
        index = {"a": {"2": Release(requires_python=">=3.12"), "1": Release(yanked=True)}}
        text = explain(resolve(index, ["a"]), resolve.engine)
        assert "a 2 needs Python >=3.12" in text
        assert "a 1 is yanked" in text
        hint = explain_impasse(resolve(index, ["a"]), engine=resolve.engine).hint
        assert hint == ("loosen one of the lines named above, or choose another Python or platform")

    def test_a_range_that_no_release_is_in_is_said_with_the_newest_release(self, resolve):
        index = {"a": {"1": Release(("b>=3",))}, "b": releases("1", "2", "3a1")}
        assert explain(resolve(index, ["b>=9"]), resolve.engine) == (
            "no stack satisfies\n  requirements.in:1: b>=9\nbecause\n"
            "  no release of b is >=9, the newest is 2"
        )
        assert explain(resolve(index, ["a"]), resolve.engine) == (
            "no stack satisfies\n  requirements.in:1: a\nbecause\n"
            "  a 1 requires b >=3: no release of b is >=3, the newest is 2"
        )

    def test_a_package_without_releases_is_said(self, resolve):
        text = explain(resolve({"a": {}}, ["a"]), resolve.engine)
        assert "the index lists no release of a that can be used" in text

    def test_releases_that_the_lines_at_fault_do_not_allow_are_left_out(self, resolve):
        index = {"a": {v: Release(requires_python=">=4") for v in ("1", "2", "3", "4")}}
        text = explain(resolve(index, ["a<3"]), resolve.engine)
        assert text.endswith("because\n  a 1 to 2 need Python >=4")

    def test_what_is_unknown_is_said_once_with_what_can_be_done(self, resolve):
        index = {"a": {"1": Release(unknown="metadata is dynamic")}}
        conflict = explain_impasse(resolve(index, ["a"]), engine=resolve.engine)
        assert conflict.explanation == (
            "no stack satisfies\n  requirements.in:1: a\nbecause\n"
            "  a 1 has unknown requirements (metadata is dynamic)"
        )
        assert "running its code" in conflict.hint

    def test_constraints_at_fault_are_named(self, resolve):
        index = {"a": {"1": Release(("b>=2",))}, "b": releases("1", "2")}
        text = explain(resolve(index, ["a"], constraints=["b<2"]), resolve.engine)
        assert "constraints.txt:1 allows only b<2" in text

    def test_environment_is_named_when_there_are_several(self, resolve):
        linux = make_environment(python="3.11.7", platform="manylinux_2_28_x86_64", name="linux")
        windows = make_environment(python="3.11.7", platform="win_amd64", name="windows")
        index = {"a": {"1": Release(tags=("py3-none-manylinux_2_17_x86_64",))}}
        answer = resolve(index, ["a"], environments=(linux, windows))
        assert "(in windows)" in explain(answer, resolve.engine)


def test_versions_are_described_as_runs():
    versions = ["9", "8", "7", "6", "5", "4", "3", "2", "1"]
    assert describe_versions(versions, [0]) == "9"
    assert describe_versions(versions, [6, 7, 8]) == "1 to 3"
    assert describe_versions(versions, [0, 2, 4, 6, 8]) == "1, 3, 2 more, 9"
    assert say("a", versions, [0], "are yanked") == "a 9 is yanked"
    assert say("a", versions, [0, 1], "are pre-releases") == "a 8 to 9 are pre-releases"
    assert say("a", versions, [0], "are pre-releases") == "a 9 is a pre-release"
    assert say("a", versions, range(9), "need Python >=4") == "every release of a needs Python >=4"
    assert say("a", ["1"], [0], "have only an sdist") == "a 1 has only an sdist"


def test_reason_names_who_holds_a_package_back(resolve):
    index = {
        "a": {"1": Release(("b<2",))},
        "b": releases("1", "2"),
        "c": {"2": Release(("b>=2",)), "1": Release()},
        "d": releases("3"),
    }
    world = make_session(index, ["a", "b", "c", "d"], engine=resolve.engine)
    answer = run_session(world)
    assert explain_pins(world.session, answer) == {
        "a": "newest release",
        "b": "held below 2: a needs <2",
        "c": "held below 2 by what newer releases require",
        "d": "newest release",
    }


def test_extra_asks_for_no_release_that_its_package_is_not_at(resolve):
    index = {
        "a": {v: Release(('b; extra == "x"',)) for v in ("1", "2", "3", "4", "5")},
        "b": releases("1"),
        "c": {"1": Release(("a<3",))},
    }
    world = make_session(index, ["c", "a[x]"], engine=resolve.engine)
    assert pins(run_session(world)) == {"a": "2", "b": "1", "c": "1"}
    assert world.asked == ["c", "a", "c==1", "a==2", "b", "b==1"]


def test_environment_asks_for_no_release_that_another_is_not_at(resolve):
    linux = make_environment(python="3.11.7", platform="manylinux_2_28_x86_64", name="linux")
    windows = make_environment(python="3.11.7", platform="win_amd64", name="windows")
    index = {
        "a": {
            "3": Release(tags=("py3-none-win_amd64",)),
            "2": Release(tags=("py3-none-win_amd64",)),
            "1": Release(),
        }
    }
    world = make_session(index, ["a"], engine=resolve.engine, environments=(linux, windows))
    assert pins(run_session(world)) == {"a": "1"}
    assert world.asked == ["a", "a==1"]
