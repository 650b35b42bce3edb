"""`docs/app.md` says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import settings
from bot.__main__ import main

DOCS = (Path(__file__).parents[2] / "docs/app.md").read_text()


def test_every_setting_is_documented_and_no_other():
    documented = set(re.findall(r"^\| `([A-Z_]+)` \| (?!answers)", DOCS, re.MULTILINE))
    read = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)*)"', Path(settings.__file__).read_text()))
    words = {"DEFAULT_INDEX_URL", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "TEXT", "JSON"}
    words |= {"IMPORT", "ALL", "OFF"}
    assert documented - {"WEBHOOK_PATH"} == read - words - {"WEBHOOK_PATH"}


def test_every_command_of_the_service_is_documented(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    offered = set(re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE)) - {"local"}
    assert offered == set(re.findall(r"^\| `thoth-bot (\w+)", DOCS, re.MULTILINE))
