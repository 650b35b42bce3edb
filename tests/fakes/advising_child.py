"""A process that computes what the project's file `do` says, in place of advice."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time

from advisor_core.errors import IndexFailure, InputError
from bot.jobs.advising_child import main


def act(_terms, files):
    """Do what the file says."""
    match files.read("do"):
        case b"tell":
            logging.getLogger("somebody").warning("no %s", "release")
            sys.stdout.write("this must not get between the messages\n")
            return {"environment": dict(os.environ), "nice": os.nice(0), "pid": os.getpid()}
        case b"hang":
            files.read("hanging")
            return 3 ** (10**9)  # One call of C code that holds the interpreter for hours.
        case b"sleep":
            files.read("hanging")
            time.sleep(1000)
        case b"die":
            os.kill(os.getpid(), signal.SIGKILL)
        case b"leave":
            os._exit(3)
        case b"wrong":
            raise InputError.single("Pipfile", "not a version: 'x'")
        case b"index":
            raise IndexFailure("pypi.org: cannot be reached")
        case b"bug":
            raise KeyError("a bug of ours")
    return files.read("large")


if __name__ == "__main__":
    main(act)
