"""Structured logs: one event per line, as text or JSON, that never hold a secret.

    log = get_log(__name__)
    with bound(delivery=guid, installation=12, repository="octo/hello"):
        log.info("delivery routed", work=3)

Everything bound in the context is added to each event, also to those of libraries that use `logging`.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, Literal

import structlog
from structlog.contextvars import bound_contextvars as bound
from structlog.contextvars import merge_contextvars

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping
    from typing import TextIO

    from structlog.stdlib import BoundLogger

__all__ = ["Redaction", "bound", "configure_logs", "get_log"]

_HIDDEN = "[hidden]"

_PATTERNS = (
    # https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    re.compile(
        r"\b(?:gh[pousr]_[A-Za-z0-9_.-]{16,}|github_pat_[A-Za-z0-9_]{20,}|v1\.[0-9a-f]{40})"
    ),
    # JWT: three parts in base64url, the first of which begins with `{"`
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)?"),
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),
    re.compile(r"(?i)\b(?:bearer|token|basic)\s+[A-Za-z0-9._~+/=-]{16,}"),
)

_SECRET_NAME = re.compile(r"(?i)(authorization|password|secret|private_key|signature|cookie)")

_SHORTEST_SECRET = 4
"""A shorter one would hide ordinary words, and protects nothing."""

_LONGEST_VALUE = 4000
"""Characters of one value; a whole payload never belongs in a log."""


class Redaction:
    """A processor that hides secrets: those known by value, by their shape, by their key."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {line for secret in secrets for line in (secret, *secret.split("\n"))}
        self._secrets = sorted(
            (each for each in known if len(each.strip()) >= _SHORTEST_SECRET),
            key=len,
            reverse=True,
        )

    def __call__(
        self, _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> Mapping[str, Any]:
        """Return the event with every secret replaced."""
        return {
            key: _HIDDEN if _SECRET_NAME.search(key) else self._clean(value)
            for key, value in event.items()
        }

    def text(self, text: str) -> str:
        """Return a text with every secret replaced."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        for pattern in _PATTERNS:
            text = pattern.sub(_HIDDEN, text)
        if len(text) > _LONGEST_VALUE:
            text = f"{text[:_LONGEST_VALUE]}… ({len(text)} characters)"
        return text

    def _clean(self, value: Any) -> Any:  # noqa: ANN401 - whatever was logged
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, (list, tuple)):
            return [self._clean(each) for each in value[:100]]
        return self.text(value if isinstance(value, str) else str(value))


def configure_logs(
    *,
    level: str = "INFO",
    form: Literal["text", "json"] = "text",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send every event of this process to `stream` (None: stderr), from `level` on."""
    shared: list[Any] = [
        merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, sort_keys=False)
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                Redaction(secrets),
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # What these say below a warning is of use to their authors only.
    for name in ("dbos", "apscheduler", "aiohttp.access", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def get_log(name: str) -> BoundLogger:
    """Return the log of a module."""
    log: BoundLogger = structlog.stdlib.get_logger(name)
    return log
