"""The prescriptions that come with the project: each fires where its fact holds, and not elsewhere."""

from __future__ import annotations

import pytest

from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.prescriptions.files import OWN_FOLDER
from advisor_core.pipeline.prescriptions.load import load_prescriptions
from advisor_core.pipeline.prescriptions.validate import validate_prescriptions
from advisor_core.standards import specifier_contains
from fakes.pipelines import make_candidates, make_context, make_stack


@pytest.fixture(scope="module")
def own():
    return load_prescriptions([])


def forbids(own, **stack: str) -> list[str]:
    """Return why the stack is not acceptable."""
    versions = {name.replace("_", "-"): version for name, version in stack.items()}
    return [
        term.forbid
        for term in prepare(make_context(), prescriptions=own, known={}).terms(versions)
        if term.forbid
        and all(specifier_contains(match.specifier, versions[match.name]) for match in term.when)
    ]


def points(own, name: str, version: str, **facts: str) -> int:
    """Return the points of a release in an environment."""
    prepared = prepare(make_context(**facts), prescriptions=own, known={})
    judged = prepared.judge_package(make_candidates(name, version))
    return sum(part.points for part in judged.parts.get(version, ()))


def test_they_have_no_fault_and_every_message_has_a_public_source(own):
    found = validate_prescriptions([OWN_FOLDER])
    assert found.faults == found.notes == own.failures == ()
    for key in own.keys:
        for unit in own.units(key):
            assert all(said.link.startswith("https://") for said in unit.run.stack_info)
            assert all(said.link.startswith("https://") for said in unit.run.justification)
            assert unit.run.stack_info or unit.run.justification, unit.name


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"pillow": "8.3.0", "numpy": "1.21.0"}, {"pillow": "8.3.1", "numpy": "1.21.0"}),
        ({"jinja2": "2.11.3", "markupsafe": "2.1.0"}, {"jinja2": "2.11.3", "markupsafe": "2.0.1"}),
        ({"jinja2": "2.11.3", "markupsafe": "2.1.0"}, {"jinja2": "3.0.0", "markupsafe": "2.1.0"}),
        ({"black": "22.1.0", "click": "8.1.0"}, {"black": "22.1.0", "click": "8.0.4"}),
        ({"black": "22.1.0", "click": "8.1.0"}, {"black": "22.3.0", "click": "8.1.0"}),
        (
            {"tensorflow": "2.6.4", "protobuf": "4.21.0"},
            {"tensorflow": "2.6.5", "protobuf": "4.21.0"},
        ),
        (
            {"tensorflow_gpu": "2.6.4", "protobuf": "4.21.0"},
            {"tensorflow_gpu": "2.6.5", "protobuf": "4.21.0"},
        ),
        (
            {"tensorflow": "2.7.2", "protobuf": "4.21.0"},
            {"tensorflow": "2.7.3", "protobuf": "4.21.0"},
        ),
        (
            {"tensorflow_gpu": "2.7.2", "protobuf": "4.21.0"},
            {"tensorflow_gpu": "2.7.3", "protobuf": "4.21.0"},
        ),
        (
            {"tensorflow": "2.8.1", "protobuf": "4.21.0"},
            {"tensorflow": "2.8.2", "protobuf": "4.21.0"},
        ),
        (
            {"tensorflow_gpu": "2.8.1", "protobuf": "4.21.0"},
            {"tensorflow_gpu": "2.8.2", "protobuf": "4.21.0"},
        ),
        (
            {"tensorflow": "2.9.0", "protobuf": "4.21.0"},
            {"tensorflow": "2.9.1", "protobuf": "4.21.0"},
        ),
        (
            {"tensorflow_gpu": "2.9.0", "protobuf": "4.21.0"},
            {"tensorflow_gpu": "2.9.1", "protobuf": "4.21.0"},
        ),
        (
            {"tensorflow": "1.15.5", "protobuf": "6.33.6"},
            {"tensorflow": "1.15.5", "protobuf": "3.20.3"},
        ),
        (
            {"botocore": "1.29.100", "urllib3": "2.0.2"},
            {"botocore": "1.29.100", "urllib3": "1.26.15"},
        ),
        ({"botocore": "1.29.100", "urllib3": "2.0.2"}, {"botocore": "1.31.62", "urllib3": "2.0.2"}),
        ({"pandas": "2.2.1", "numpy": "2.0.0"}, {"pandas": "2.2.2", "numpy": "2.0.0"}),
        ({"pandas": "2.2.1", "numpy": "2.0.0"}, {"pandas": "2.2.1", "numpy": "1.26.4"}),
        ({"scikit_learn": "1.4.1", "numpy": "2.0.0"}, {"scikit_learn": "1.4.2", "numpy": "2.0.0"}),
        ({"scipy": "1.12.0", "numpy": "2.0.0"}, {"scipy": "1.13.0", "numpy": "2.0.0"}),
        ({"fs": "2.4.16", "setuptools": "82.0.0"}, {"fs": "2.4.16", "setuptools": "81.0.0"}),
        (
            {"pyramid": "2.0.2", "setuptools": "82.0.0"},
            {"pyramid": "2.0.2", "setuptools": "80.9.0"},
        ),
        ({"pyramid": "2.0.2", "setuptools": "82.0.0"}, {"pyramid": "2.1", "setuptools": "82.0.0"}),
        ({"scipy": "1.12.0", "numpy": "2.0.0"}, {"scipy": "1.12.0", "numpy": "1.26.4"}),
        (
            {"scikit_learn": "1.4.1.post1", "numpy": "2.0.0"},
            {"scikit_learn": "1.4.1.post1", "numpy": "1.26.4"},
        ),
    ],
)
def test_releases_that_do_not_work_together_are_kept_apart(own, wrong, right):
    assert len(forbids(own, **wrong)) == 1
    assert forbids(own, **right) == []


@pytest.mark.parametrize(
    ("name", "version", "facts"),
    [
        ("tensorflow-gpu", "1.12.0", {"cuda_version": "10.0"}),
        ("tensorflow-gpu", "1.15.0", {"cuda_version": "10.1"}),
        ("tensorflow", "2.3.0", {"cuda_version": "11.0"}),
        ("tensorflow", "2.8.0", {"cuda_version": "12.2"}),
        ("tensorflow", "2.16.1", {"cuda_version": "11.8"}),
        ("tensorflow", "2.3.0", {"cudnn_version": "8.0"}),
        ("tensorflow", "2.10.0", {"cudnn_version": "7.6"}),
        ("tensorflow", "2.17.0", {"cudnn_version": "9.3"}),
        ("tensorflow", "2.18.0", {"cudnn_version": "8.9"}),
        ("tensorflow", "2.21.0", {"cuda_version": "13.0"}),
        ("tensorflow", "2.21.0", {"cudnn_version": "8.9"}),
    ],
)
def test_tensorflow_for_another_cuda_or_cudnn_loses_points(own, name, version, facts):
    assert points(own, name, version, **facts) == -500
    assert points(own, name, version) == 0


@pytest.mark.parametrize(
    ("name", "version", "facts"),
    [
        ("tensorflow-gpu", "1.12.0", {"cuda_version": "9.0.176", "cudnn_version": "7.6.5"}),
        ("tensorflow-gpu", "1.15.0", {"cuda_version": "10.0", "cudnn_version": "7.4"}),
        ("tensorflow", "1.15.0", {"cuda_version": "12.2"}),
        ("tensorflow", "2.3.0", {"cuda_version": "10.1", "cudnn_version": "7.6"}),
        ("tensorflow", "2.8.0", {"cuda_version": "11.8", "cudnn_version": "8.1"}),
        ("tensorflow", "2.16.1", {"cuda_version": "12.3", "cudnn_version": "8.9"}),
        ("tensorflow", "2.14.0", {"cuda_version": "11.8", "cudnn_version": "8.7"}),
        ("tensorflow", "2.17.0", {"cuda_version": "12.3", "cudnn_version": "8.9"}),
        ("tensorflow", "2.18.0", {"cuda_version": "12.5", "cudnn_version": "9.3"}),
        ("tensorflow", "2.21.0", {"cuda_version": "12.9", "cudnn_version": "9.5"}),
        ("tensorflow", "2.22.0", {"cuda_version": "13.0", "cudnn_version": "9.5"}),
    ],
)
def test_tensorflow_for_the_cuda_that_is_there_loses_nothing(own, name, version, facts):
    assert points(own, name, version, **facts) == 0


def test_setuptools_keeps_pkg_resources_for_sources_that_use_it(own):
    releases = make_candidates("setuptools", "82.0.1", "82.0.0", "81.0.0")
    used = {"pkg_resources": frozenset({"pkg_resources.resource_filename"})}
    judged = prepare(make_context(library_usage=used), prescriptions=own, known={}).judge_package(
        releases
    )
    assert [removal.version for removal in judged.removals] == ["82.0.1", "82.0.0"]
    judged = prepare(make_context(), prescriptions=own, known={}).judge_package(releases)
    assert judged.removals == ()


@pytest.mark.parametrize("python", ["3.6", "3.7", "3.8", "3.9", "3.10"])
def test_a_python_at_its_end_of_life_is_warned_of(own, python):
    (said,) = prepare(make_context(python=python), prescriptions=own, known={}).stack_info
    assert said.message.startswith(f"Python {python} gets no more security fixes since")


def test_a_python_that_is_maintained_is_not_warned_of(own):
    assert prepare(make_context(python="3.12"), prescriptions=own, known={}).stack_info == ()


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ("sklearn", "sklearn is an empty package; require scikit-learn instead"),
        ("bs4", "bs4 is an empty package; require beautifulsoup4 instead"),
        ("msgpack_python", "msgpack-python goes on as msgpack; require that one"),
        ("pypdf2", "pypdf2 goes on as pypdf; require that one"),
        ("fuzzywuzzy", "fuzzywuzzy goes on as thefuzz; require that one"),
        ("tensorflow_gpu", "tensorflow-gpu goes on as tensorflow; require that one"),
    ],
)
def test_the_name_under_which_a_package_goes_on_is_said(own, old, said):
    prepared = prepare(make_context(), prescriptions=own, known={})
    assert [each.message for each in prepared.annotate(make_stack(**{old: "1.0"}))] == [said]
    assert prepared.annotate(make_stack(scikit_learn="1.0", msgpack="1.0", pypdf="3.0")) == ()


@pytest.mark.parametrize("name", ["enum34", "dataclasses"])
def test_a_backport_of_what_python_has_is_left_out(own, name):
    prepared = prepare(make_context(python="3.12"), prescriptions=own, known={})
    (term,) = prepared.terms([name])
    assert (term.skips, term.when) == (name, ())
    assert [said.message.split()[0] for said in prepared.stack_info] == [name]
    assert not prepare(make_context(python="3.5"), prescriptions=own, known={}).terms([name])
