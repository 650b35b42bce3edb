"""`thoth-bot receive EVENT PAYLOAD.json`: takes a payload from a file as if GitHub had sent it."""

from __future__ import annotations

import contextlib
import sys
import time
import uuid
from pathlib import Path

from advisor_core.errors import InputError
from bot.commands.service import load_settings
from bot.jobs.routing import route
from bot.store.deliveries import Received
from bot.store.service import ServiceStore
from bot.web.body import LARGEST_PAYLOAD

__all__ = ["run_receive"]


def run_receive(event: str, path: str) -> int:
    """Store the payload as a delivery of its own and say what it will come to.

    The work is done by `thoth-bot serve` or `worker` on the same database, now or when it starts.
    """
    settings = load_settings()
    try:
        with Path(path).open("rb") as file:
            payload = file.read(LARGEST_PAYLOAD + 1)
    except OSError as error:
        raise InputError.single(path, (error.strerror or str(error)).lower()) from error
    if len(payload) > LARGEST_PAYLOAD:
        raise InputError.single(path, "larger than any delivery of GitHub's")
    routed = route(event, payload)
    guid = f"local-{uuid.uuid4()}"
    with contextlib.closing(ServiceStore.open(settings.database_url)) as store:
        store.deliveries.keep([Received(guid, event, payload, time.time())])
    if routed.work:
        told = ", ".join(each.key for each in routed.work)
    else:
        told = f"nothing to do: {routed.reason}"
    sys.stdout.write(f"stored as delivery {guid}\n{told}\n")
    return 0
