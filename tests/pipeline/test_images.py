"""The name of a base image tells which glibc is in it, and nothing more."""

from __future__ import annotations

import pytest

from advisor_core.config.reader import parse_configuration
from advisor_core.environment.detect import detect_environments
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.images import describe_base_images
from fakes.pipelines import make_context


def declare(image):
    files = MappingFiles({"requirements.in": b"a\n"})
    text = f"runtime_environments: [{{name: here, base_image: '{image}'}}]"
    configuration = parse_configuration(text.encode(), ".thoth.yaml")
    return detect_environments(files, read_manifest(files, "requirements.in"), configuration)


@pytest.mark.parametrize(
    ("image", "newest"),
    [
        ("python:3.12-slim-bookworm", "GLIBC_2.36"),
        ("registry.access.redhat.com/ubi8/python-311", "GLIBC_2.28"),
        ("quay.io/thoth-station/s2i-thoth-ubi8-py38:v1.0.0", "GLIBC_2.28"),
    ],
)
def test_symbols_go_up_to_the_image_s_glibc(image, newest):
    (facts,) = describe_base_images(declare(image)).values()
    minor = int(newest.rpartition(".")[2])
    assert newest in facts.symbols
    assert f"GLIBC_2.{minor + 1}" not in facts.symbols
    assert {"GLIBC_2.2.5", "GLIBC_2.17"} <= facts.symbols
    assert facts.rpm_packages is None


@pytest.mark.parametrize("image", ["python:3.12-alpine", "example.org/our/own:1"])
def test_nothing_is_known_of_other_images(image):
    assert describe_base_images(declare(image)) == {}


def test_a_platform_that_is_newer_than_the_image_is_an_error():
    image = "python:3.11-slim-bullseye"
    images = describe_base_images(declare(image))
    context = make_context(platform="manylinux_2_35_x86_64", base_image=image, images=images)
    said = [each.message for each in prepare(context).stack_info if each.type == "ERROR"]
    assert len(said) == 1
    assert "python:3.11-slim-bullseye has glibc 2.31" in said[0]
