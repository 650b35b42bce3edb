"""Runs `git` plumbing on a repository that is not trusted: bounded, and deaf to its configuration.

A repository's own configuration can name programs: hooks, a file system monitor, clean and smudge
filters, text converters, pagers, credential helpers, an ssh command. None of them may run. So

- only plumbing that reads and writes objects and refs is called, nothing that touches an index, a
  working tree or the network;
- the environment is made from nothing, and the person's own and the system's configuration are off;
- what in the repository's configuration could name a program is overridden on the command line;
- each call has a time limit, and a limit on what it may print.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Git", "find_git"]

TIMEOUT_SECONDS = 60.0
"""How long one command may take. Plumbing on one tree or blob takes milliseconds; past the limit
the command is killed and the run ends with an error that names it."""

MAX_OUTPUT_BYTES = 64 * 1024 * 1024
"""How much one command may print: a folder of 500,000 entries has about 40 MB. Past the limit the
command is killed and the run ends with an error."""

MAX_ERROR_BYTES = 4000
"""How much of what git says on stderr is kept, from its end, for the message."""

_OVERRIDES: Sequence[tuple[str, str]] = (
    # https://git-scm.com/docs/git-config: every key whose value git may run, and the keys that make
    # a command do more than asked.
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.sshCommand", "false"),
    ("core.gitProxy", ""),
    ("core.askPass", ""),
    ("core.editor", "false"),
    ("core.pager", "cat"),
    ("core.attributesFile", os.devnull),
    ("core.alternateRefsCommand", ""),
    ("credential.helper", ""),
    ("diff.external", ""),
    ("gpg.program", "false"),
    ("gpg.ssh.program", "false"),
    ("gpg.x509.program", "false"),
    ("commit.gpgSign", "false"),
    ("log.showSignature", "false"),
    ("advice.graftFileDeprecated", "false"),
    ("protocol.allow", "never"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
)


def find_git() -> str:
    """Return the path of the `git` program; GitError when there is none."""
    program = shutil.which("git")
    if program is None:
        raise GitError("--version", "no program of that name on PATH", hint="install git")
    return os.path.abspath(program)  # noqa: PTH100 - the program runs in another folder


def _clean_environment() -> dict[str, str]:
    """Return an environment in which git follows nothing but its command line."""
    environment = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "HOME": os.devnull,
        "LC_ALL": "C",
    }
    for name in ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP"):
        if name in os.environ:
            environment[name] = os.environ[name]
    return environment


@dataclass(frozen=True, slots=True)
class _Finished:
    """A command that ended by itself."""

    status: int
    output: bytes
    error: str


@dataclass(frozen=True, slots=True)
class Git:
    """`git` with its options for one repository."""

    program: str
    folder: Path
    """Where it runs."""
    git_dir: Path | None = None
    """The repository; None: git looks for it from `folder`, and checks who owns it."""
    extra_config: tuple[tuple[str, str], ...] = ()

    def run(
        self,
        *arguments: str,
        input_bytes: bytes = b"",
        environment: Mapping[str, str] | None = None,
        limit: int = MAX_OUTPUT_BYTES,
    ) -> bytes:
        """Run a command and return what it printed.

        Raises GitError when it fails, takes longer than `TIMEOUT_SECONDS`, or prints more than
        `limit` bytes.
        """
        finished = self._finish(arguments, input_bytes, environment or {}, limit)
        if finished.status != 0:
            raise GitError(arguments[0], finished.error or _ending(finished.status))
        return finished.output

    def ask(self, *arguments: str) -> bytes | None:
        """Run a command that says no by exit code 1; return what it printed, None for no."""
        finished = self._finish(arguments, b"", {}, MAX_OUTPUT_BYTES)
        if finished.status == 1:
            return None
        if finished.status != 0:
            raise GitError(arguments[0], finished.error or _ending(finished.status))
        return finished.output

    def _finish(
        self,
        arguments: Sequence[str],
        input_bytes: bytes,
        environment: Mapping[str, str],
        limit: int,
    ) -> _Finished:
        command = [self.program, "--no-pager"]
        for name, value in (*_OVERRIDES, *self.extra_config):
            command += ["-c", f"{name}={value}"]
        if self.git_dir is not None:
            command.append(f"--git-dir={self.git_dir}")
        command += arguments
        try:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**_clean_environment(), **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise GitError(arguments[0], str(error)) from error
        with process:
            return _collect(process, arguments[0], input_bytes, limit)


def _ending(status: int) -> str:
    """Return how a command ended that said nothing: its exit code, or the signal that ended it."""
    if status >= 0:
        return f"exit code {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = str(-status)
    return f"ended by signal {name}"


def _collect(
    process: subprocess.Popen[bytes], command: str, input_bytes: bytes, limit: int
) -> _Finished:
    """Feed and read a process within the limits; kill it past them, and when interrupted."""
    stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
    if stdin is None or stdout is None or stderr is None:
        raise ValueError("the process was not opened with pipes")
    output = bytearray()
    error = bytearray()
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        process.kill()

    def feed() -> None:
        # A broken pipe: git ended without reading everything, and its exit code tells why.
        with contextlib.suppress(BrokenPipeError):
            stdin.write(input_bytes)
            stdin.close()

    def drain_errors() -> None:
        while chunk := stderr.read(65536):
            error.extend(chunk)
            del error[:-MAX_ERROR_BYTES]

    timer = threading.Timer(TIMEOUT_SECONDS, expire)
    workers = [timer, threading.Thread(target=feed), threading.Thread(target=drain_errors)]
    try:
        for worker in workers:
            worker.start()
        while len(output) <= limit and (chunk := stdout.read1(65536)):  # type: ignore[attr-defined]
            output += chunk
    finally:
        timer.cancel()
        if sys.exc_info()[0] is not None or len(output) > limit:
            process.kill()
        status = process.wait()
        for worker in workers:
            worker.join()
    if expired.is_set():
        raise GitError(command, f"no end after {TIMEOUT_SECONDS:.0f} s; it was stopped")
    if len(output) > limit:
        raise GitError(command, f"it printed more than {limit} bytes; it was stopped")
    return _Finished(status, bytes(output), _readable(error))


def _readable(error: bytes | bytearray) -> str:
    """Return git's stderr as one line without control characters."""
    text = bytes(error).decode("utf-8", "replace")
    lines = [line.removeprefix("fatal: ").removeprefix("error: ") for line in text.splitlines()]
    shown = "; ".join(line.strip() for line in lines if line.strip())
    return "".join(c if c.isprintable() else "?" for c in shown)
