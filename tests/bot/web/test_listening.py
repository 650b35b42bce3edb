"""Where the App listens."""

from __future__ import annotations

import socket

import pytest
from aiohttp import web

from advisor_core.errors import InputError
from bot.commands.service import _serve
from bot.settings import read_settings


async def test_a_port_that_is_taken_is_told_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = read_settings({"HOST": "127.0.0.1", "PORT": str(port)})
        with pytest.raises(InputError) as caught:
            await _serve(web.Application(), settings)
    assert str(caught.value) == (
        f"HOST, PORT: cannot listen at 127.0.0.1:{port}: address already in use\n"
        "  hint: end the program that listens there, or set PORT to a free one"
    )
