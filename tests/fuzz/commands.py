"""Fuzzes the grammar of commands with atheris; not part of the default run, where hypothesis does the same.

    pip install atheris
    python tests/fuzz/commands.py -max_total_time=300

Whatever people write is answered with commands or with the nearest one, in time that grows with its length
alone, and the text of a command that was understood is read back as the same command.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bot.conversation"]):
    from bot.conversation.commands import MOST_COMMANDS, Command, Misunderstood, parse_comment
    from bot.conversation.titles import parse_title

NAMES = ("thoth-app",)


def check(data: bytes) -> None:
    """Raise AssertionError when one of the promises does not hold."""
    text = atheris.FuzzedDataProvider(data).ConsumeUnicodeNoSurrogates(len(data))
    for body in (text, f"/thoth {text}", f"@thoth-app {text}"):
        found = parse_comment(body, names=NAMES)
        assert len(found) <= MOST_COMMANDS
        for each in found:
            assert isinstance(each, Command | Misunderstood)
            if isinstance(each, Command):
                assert parse_comment(f"/thoth {each.text}", names=NAMES) == (each,)
    titled = parse_title(text)
    assert titled is None or titled.name in {"update", "advise", "info", "release"}


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
