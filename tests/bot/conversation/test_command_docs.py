"""The page of commands names every command, and who may give it."""

from __future__ import annotations

import re
from pathlib import Path

from bot.conversation.commands import COMMANDS, USAGE
from bot.managers.command import OPEN_TO_ALL

TEXT = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()


def test_every_command_is_in_the_table_with_who_may_give_it():
    rows = dict(re.findall(r"^\| `/thoth ([^`]+)` \|.*\| (\w+) \|$", TEXT, re.MULTILINE))
    expected = {
        USAGE[name].replace("|", "/"): "read" if name in OPEN_TO_ALL else "write"
        for name in COMMANDS
    }
    assert rows == expected
