from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.environment import OperatingSystem
from advisor_core.environment.dockerfile import describe_image, find_runtime_image


@pytest.mark.parametrize(
    ("reference", "python", "system"),
    [
        ("python:3.12", "3.12", None),
        ("python:3.12.4-slim", "3.12.4", None),
        ("python:3.12-slim-bookworm", "3.12", OperatingSystem("debian", "12")),
        ("python:3.11-bullseye", "3.11", OperatingSystem("debian", "11")),
        ("python:3.12-alpine", "3.12", OperatingSystem("alpine")),
        ("python:3.12-alpine3.20", "3.12", OperatingSystem("alpine", "3.20")),
        ("python:3.14.0rc1-slim", "3.14.0rc1", None),
        ("python:3.12-windowsservercore-ltsc2022", "3.12", OperatingSystem("windows")),
        ("docker.io/library/python:3.12@sha256:0123", "3.12", None),
        (
            "registry.example:5000/mirror/python:3.10-buster",
            "3.10",
            OperatingSystem("debian", "10"),
        ),
        ("python", None, None),
        ("python:latest", None, None),
        ("python:3-alpine", None, OperatingSystem("alpine")),
        ("python:2.7", None, None),
        ("registry.access.redhat.com/ubi8/python-38:latest", "3.8", OperatingSystem("ubi", "8")),
        ("ubi9/python-311", "3.11", OperatingSystem("ubi", "9")),
        ("quay.io/thoth-station/s2i-thoth-ubi8-py38:v1.0.0", "3.8", OperatingSystem("ubi", "8")),
        ("quay.io/thoth-station/s2i-thoth-f34-py39", None, None),
    ],
)
def test_an_image_name_says_python_and_operating_system(reference, python, system):
    image = describe_image(reference)
    found = (image.python, image.operating_system) if image else (None, None)
    assert found == (python, system)


@pytest.mark.parametrize("reference", ["", "ubuntu:22.04", "node:20", "mypython:3.12", "scratch"])
def test_another_image_says_nothing(reference):
    assert describe_image(reference) is None


def python_of(text):
    image = find_runtime_image(text)
    return (image.python, image.line) if image else None


def test_the_last_stage_counts():
    text = "FROM python:3.9 AS build\nRUN x\nFROM python:3.12-slim\nCOPY --from=build /a /a\n"
    assert python_of(text) == ("3.12", 3)


def test_a_stage_that_continues_another_has_its_image():
    assert python_of("FROM python:3.9 as base\nFROM node:20 AS web\nFROM base\n") == ("3.9", 3)


def test_an_unknown_last_image_leaves_the_last_known_one():
    assert python_of("FROM python:3.9\nFROM scratch\n") == ("3.9", 1)


@pytest.mark.parametrize(
    "text",
    [
        "ARG PYTHON=3.11\nFROM python:${PYTHON}-slim\n",
        "ARG PYTHON='3.11'\nARG TAG=$PYTHON-slim\nFROM python:$TAG\n",
        "FROM python:${PYTHON:-3.11}\n",
        "# syntax=docker/dockerfile:1\n\nFROM \\\n  # comment\n  python:3.11 \\\n  AS x\n",
        "from python:3.11\n",
    ],
)
def test_arguments_continuations_and_comments_are_understood(text):
    found = python_of(text)
    assert found is not None
    assert found[0] == "3.11"


def test_an_argument_without_a_value_names_no_version():
    assert python_of("ARG PYTHON\nFROM python:$PYTHON\n") == (None, 2)


def test_the_platform_of_from_is_taken():
    image = find_runtime_image("FROM --platform=linux/arm64 python:3.12\n")
    assert image is not None
    assert image.platform == "linux_aarch64"


def test_a_chain_of_doubling_arguments_stays_small():
    lines = ["ARG A0=xxxxxxxxxx"]
    lines += [f"ARG A{n}=$A{n - 1}$A{n - 1}" for n in range(1, 60)]
    start = time.process_time()
    assert find_runtime_image("\n".join([*lines, "FROM python:$A59"])) is not None
    assert time.process_time() - start < 1


@given(st.text(alphabet="FROMARGpython:3.12-${}=\\\n# AS@/", max_size=80))
def test_any_text_is_read_without_an_error(text):
    find_runtime_image(text)
