"""A process that computes advice for the App: `python -m bot.jobs.advising_child`, over its pipes.

It asks the App for the files of a project, and indexes for everything else; it reads advisories from the
knowledge base and knows nothing of GitHub. When the App has gone, it ends, whatever it is doing.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
import traceback
from typing import TYPE_CHECKING, Any, BinaryIO

from advisor_core.advising.category import SearchOptions
from advisor_core.advising.inputs import open_inputs
from advisor_core.advising.storing import pack_outcome
from advisor_core.errors import ThothError
from advisor_core.index.access import index_pins
from advisor_core.index.tally import REQUESTS
from advisor_core.outcome import Answers
from advisor_core.project_tools.tools import ProjectTools
from advisor_core.proposal import propose
from advisor_core.values import replace
from bot.jobs.frames import encode, receive
from bot.jobs.release_facts import add_release_facts

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from advisor_core.lockfiles.entries import LockedFile
    from advisor_core.locking import IndexAccess
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest, Target
    from advisor_core.outcome import LockOutcome
    from advisor_core.proposal import Proposal
    from advisor_core.verification.findings import Finding
    from advisor_core.wish import Wish
    from bot.jobs.frames import Ask, Terms

__all__ = ["Pipes", "compute_advice", "main"]


_OPTIONS = SearchOptions(count=4, budget_seconds=60.0, wait_seconds=600.0)
"""A few alternatives are shown. The time is what a search may take at most; nearly all take a second. Nobody
waits here: a slow index may take longer, but not for ever."""

_NO_DATABASE = "sqlite:///"


class Pipes:
    """The App, seen from here. Satisfies `Files`."""

    def __init__(self) -> None:
        # Nobody else may write to, or read from, what the messages go over.
        self._reading: BinaryIO = os.fdopen(os.dup(0), "rb")
        self._writing: BinaryIO = os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        self._turn = threading.Lock()
        self._received: queue.SimpleQueue[Ask] = queue.SimpleQueue()
        threading.Thread(target=self._receive, name="thoth-pipe", daemon=True).start()

    def _receive(self) -> None:
        while (message := receive(self._reading)) is not None:
            self._received.put(message)
        os._exit(0)

    def next(self) -> Ask:
        """Return the next message. Blocks; the process ends when the App does."""
        return self._received.get()

    def send(self, message: Ask) -> None:
        """Send a message; from any thread."""
        with self._turn:
            self._writing.write(encode(message))
            self._writing.flush()

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None when it does not exist. Raises InputError."""
        self.send(("read", path))
        kind, value = self.next()
        if kind == "error":
            raise value
        content: bytes | None = value
        return content

    def list(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder, None when there is none. Raises InputError."""
        self.send(("list", folder))
        kind, value = self.next()
        if kind == "error":
            raise value
        names: tuple[str, ...] | None = value
        return names


class _LogsOfTheApp(logging.Handler):
    """Has the App log what is logged here: it knows the job, the form and the secrets."""

    def __init__(self, pipes: Pipes) -> None:
        super().__init__()
        self._pipes = pipes

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record."""
        self._pipes.send(("log", (record.name, record.levelno, self.format(record))))


def main(advise: Any = None) -> None:  # noqa: ANN401 - a callable of terms, files and a wish
    """Compute advice until the App has gone. `advise`: instead of the advisor, for tests."""
    pipes = Pipes()
    _, terms = pipes.next()
    logging.basicConfig(
        level=terms.log_level, format="%(message)s", handlers=[_LogsOfTheApp(pipes)]
    )
    with contextlib.suppress(OSError, AttributeError):
        os.nice(terms.niceness)
    while True:
        _, (wish, terms.reader, credentials) = pipes.next()
        own = terms.with_credentials(credentials) if credentials else terms
        answer = _answer(advise or compute_advice, own, pipes, wish)
        pipes.send(("requests", REQUESTS.take()))
        pipes.send(answer)


def _answer(
    advise: Any,  # noqa: ANN401 - as above
    terms: Terms,
    files: Files,
    wish: Wish | None,
) -> Ask:
    try:
        return "done", advise(terms, files) if wish is None else advise(terms, files, wish)
    except ThothError as error:
        return "failed", error
    except Exception as error:  # noqa: BLE001 - the boundary of a job: told to who waits for it
        text = "".join(traceback.format_exception(error))
        return "failed", RuntimeError(f"{type(error).__name__}: {error}\n{text}")


def compute_advice(terms: Terms, files: Files, wish: Wish | None = None) -> Proposal:
    """Find the best stack of every target, as far as `wish` goes. Raises InputError and IndexFailure."""
    policy = terms.policy

    def open_index(manifest: Manifest) -> AbstractContextManager[IndexAccess]:
        pins = index_pins(manifest, policy.sources(manifest))
        return policy.open_access(
            manifest, pins=dict(pins), cache_folder=terms.cache_folder, files=files
        )

    def verify(target: Target, lock: LockedFile) -> tuple[Finding, ...]:
        # Imported here: few repositories have the manager run.
        from advisor_core.verification.sources import OpenSource  # noqa: PLC0415
        from advisor_core.verification.verify import verify_provenance  # noqa: PLC0415

        manifest, folder = target.manifest, terms.cache_folder
        with contextlib.ExitStack() as stack:
            sources = [
                OpenSource(
                    source,
                    stack.enter_context(
                        policy.open_sources(
                            (source,), manifest, pins={}, cache_folder=folder, files=files
                        )
                    ),
                )
                for source in policy.sources(manifest)
            ]
            return verify_provenance(lock, target, sources)

    installation_id, repository_id = terms.reader or (None, None)
    with open_inputs(
        terms.database_url or _NO_DATABASE,
        options=_OPTIONS,
        installation_id=installation_id,
        repository_id=repository_id,
    ) as make:
        proposal = propose(
            files,
            open_access=open_index,
            advise=lambda manifest: make(policy.sources(manifest)),
            wish=wish,
            verify=verify,
            tools=lambda manifest: ProjectTools(refusal=policy.tool_refusal(manifest)),
        )

    def finish(outcome: LockOutcome) -> LockOutcome:
        told = outcome
        if wish is None or not wish.only_locks:
            told = add_release_facts(
                outcome,
                sources=policy.sources(outcome.target.manifest),
                policy=policy,
                cache_folder=terms.cache_folder,
            )
        # What the indexes said is large, and nobody there looks at it.
        return pack_outcome(replace(told, answers=Answers()))

    outcomes = tuple(map(finish, proposal.outcomes))
    fixes = tuple(replace(each, outcome=finish(each.outcome)) for each in proposal.fixes)
    return replace(proposal, outcomes=outcomes, fixes=fixes)


if __name__ == "__main__":
    main()
