"""What the service is told by its environment, and by a file `.env` beside it.

The names are Probot's where it has one, so that an App's settings can be carried over. All faults are
reported together; no message holds a value that may be secret.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from advisor_core.advisories.download import DEFAULT_OSV_URL
from advisor_core.errors import Fault, InputError, StoreError
from advisor_core.index.access import DEFAULT_INDEX_URL
from advisor_core.index.mirrors import read_mirrors
from advisor_core.knowledge.database import parse_database_url

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["AppSettings", "Settings", "read_environment", "read_settings"]

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_MOST_KEY_BYTES = 64_000
"""Of a private key's file; RSA keys of 16,384 bits are 13 kB."""


@dataclass(frozen=True, slots=True)
class AppSettings:
    """Who the service is towards GitHub."""

    app_id: int
    private_key: str = field(repr=False)
    """PEM, PKCS#8."""
    webhook_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the service can be told."""

    app: AppSettings | None
    """None: setup mode."""
    webhook_path: str = "/api/github/webhooks"
    github_api_url: str = "https://api.github.com"
    """Without a slash at the end."""
    host: str = "0.0.0.0"  # noqa: S104 - a server in a container has to be reachable
    port: int = 3000
    database_url: str = field(default="sqlite:///thoth.db", repr=False)
    index_url: str = field(default=DEFAULT_INDEX_URL, repr=False)
    """May hold credentials."""
    allowed_indexes: tuple[str, ...] = field(default=(), repr=False)
    """Further indexes by URL; hosts by name, for files at private addresses."""
    mirrors: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Index, as it may be shown, to the mirror that is asked in its place; may hold credentials."""
    advisories: str | None = DEFAULT_OSV_URL
    """Where advisories come from, a URL or a path; None: they are not asked for."""
    advisories_seconds: int = 21_600
    """Between two looks for advisories."""
    watch_seconds: int = 3600
    """Each package that a repository locks is looked at once in so many."""
    mention_names: tuple[str, ...] = ()
    """What `@NAME` may be in comments, besides the App's own name."""
    onboarding: Literal["import", "all", "off"] = "import"
    """Where a `.thoth.yaml` is proposed unasked, once: where another tool is configured, or everywhere."""
    secret_key: str | None = field(default=None, repr=False)
    log_level: str = "INFO"
    log_format: Literal["text", "json"] = "text"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that must never be shown."""
        urls = (
            self.database_url,
            self.index_url,
            *self.allowed_indexes,
            *self.mirrors.values(),
        )
        passwords = [_password(url) for url in urls]
        app = self.app
        own = (app.private_key, app.webhook_secret) if app else ()
        return tuple(each for each in (*own, self.secret_key, *passwords) if each)


def read_environment(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment over what `.env` in the folder says; an empty variable is not set."""
    from dotenv import dotenv_values  # noqa: PLC0415 - only the service needs it

    path = folder / ".env"
    stated = dotenv_values(path, interpolate=False) if path.is_file() else {}
    merged = {name: value for name, value in stated.items() if value}
    return merged | {name: value for name, value in environment.items() if value}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings. Raises InputError with all faults."""
    reader = _Reader(environment)
    settings = Settings(
        app=reader.app(),
        webhook_path=reader.path("WEBHOOK_PATH", "/api/github/webhooks"),
        github_api_url=reader.url("GITHUB_API_URL", "https://api.github.com"),
        host=reader.text("HOST", "0.0.0.0"),  # noqa: S104 - see Settings
        port=reader.port("PORT", 3000),
        database_url=reader.database("DATABASE_URL", "sqlite:///thoth.db"),
        index_url=reader.url("THOTH_INDEX_URL", DEFAULT_INDEX_URL),
        allowed_indexes=reader.indexes("THOTH_ALLOWED_INDEXES"),
        mirrors=reader.mirrors("THOTH_INDEX_MIRRORS"),
        advisories=reader.advisories("THOTH_ADVISORIES"),
        advisories_seconds=reader.seconds("THOTH_ADVISORIES_SECONDS", 21_600),
        watch_seconds=reader.seconds("THOTH_WATCH_SECONDS", 3600),
        mention_names=reader.names("THOTH_MENTION_NAMES"),
        onboarding=reader.onboarding("THOTH_ONBOARDING"),
        secret_key=reader.secret_key("THOTH_SECRET_KEY"),
        log_level=reader.choice("LOG_LEVEL", "INFO", _LEVELS),
        log_format="json" if reader.choice("LOG_FORMAT", "TEXT", _FORMATS) == "JSON" else "text",
    )
    if reader.faults:
        raise InputError(tuple(reader.faults))
    return settings


_FORMATS = ("TEXT", "JSON")


class _Reader:
    """Reads values and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[Fault] = []

    def app(self) -> AppSettings | None:
        """Return the three App settings, None when none is there."""
        given = self._environment
        has_key = "PRIVATE_KEY" in given or "PRIVATE_KEY_PATH" in given
        if not ("APP_ID" in given or has_key or "WEBHOOK_SECRET" in given):
            return None
        app_id = given.get("APP_ID", "")
        if not app_id:
            self._blame("APP_ID", "not set", "it is on the App's settings page, under `About`")
        elif not re.fullmatch(r"[1-9][0-9]{0,18}", app_id):
            self._blame("APP_ID", f"not a number: {app_id[:40]!r}")
        secret = given.get("WEBHOOK_SECRET", "")
        if not secret:
            self._blame(
                "WEBHOOK_SECRET", "not set", "without it anybody could send deliveries to the App"
            )
        key = self._private_key()
        if self.faults or key is None:
            return None
        return AppSettings(int(app_id), key, secret)

    def _private_key(self) -> str | None:
        given = self._environment
        if "PRIVATE_KEY" in given and "PRIVATE_KEY_PATH" in given:
            self._blame("PRIVATE_KEY", "set together with PRIVATE_KEY_PATH", "keep one of the two")
            return None
        name = "PRIVATE_KEY" if "PRIVATE_KEY" in given else "PRIVATE_KEY_PATH"
        if name not in given:
            self._blame(
                "PRIVATE_KEY",
                "not set",
                "make one on the App's settings page and name its file with PRIVATE_KEY_PATH",
            )
            return None
        text = given[name]
        if name == "PRIVATE_KEY_PATH":
            try:
                with Path(text).open("rb") as file:
                    text = file.read(_MOST_KEY_BYTES).decode("ascii", "replace")
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "not a path"
                self._blame(name, f"cannot be read: {text[:200]!r}: {reason.lower()}")
                return None
        pem = _as_pem(text)
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, binascii.Error):
            key = None
        if not isinstance(key, RSAPrivateKey):
            self._blame(
                name,
                "not an RSA private key (its value is not shown)",
                "PEM as GitHub gives it (PKCS#1 or PKCS#8), or that in base64",
            )
            return None
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")

    def text(self, name: str, default: str) -> str:
        """Return a value as it is."""
        return self._environment.get(name, default)

    def path(self, name: str, default: str) -> str:
        """Return the path of a URL."""
        value = self._environment.get(name, default)
        if not re.fullmatch(r"/[A-Za-z0-9._~/-]+", value):
            self._blame(name, f"not a path such as {default}: {value[:200]!r}")
        return value

    def url(self, name: str, default: str) -> str:
        """Return a URL without a slash at the end."""
        value = self._environment.get(name, default).rstrip("/")
        if not _is_url(value):
            self._blame(name, f"not an http or https URL such as {default} (it is not shown)")
        return value

    def port(self, name: str, default: int) -> int:
        """Return the number of a port; 0 lets the system choose."""
        value = self._environment.get(name, str(default))
        if not (re.fullmatch(r"[0-9]{1,5}", value) and int(value) < 65_536):
            self._blame(name, f"not a port, 0 to 65535: {value[:40]!r}")
            return default
        return int(value)

    def seconds(self, name: str, default: int) -> int:
        """Return a number of seconds, one day at most."""
        value = self._environment.get(name, str(default))
        if not (re.fullmatch(r"[0-9]{1,5}", value) and 1 <= int(value) <= 86_400):
            self._blame(name, f"not a number of seconds, 1 to 86400: {value[:40]!r}")
            return default
        return int(value)

    def database(self, name: str, default: str) -> str:
        """Return the URL of a database."""
        value = self._environment.get(name, default)
        try:
            parse_database_url(value)
        except StoreError as error:
            self._blame(name, str(error), error.hint)
        return value

    def advisories(self, name: str) -> str | None:
        """Return a URL or a path of advisories; None for `off`."""
        value = self._environment.get(name, DEFAULT_OSV_URL)
        if value.lower().startswith("http://"):
            self._blame(name, "advisories are fetched by https alone", "write `https://...`")
        return None if value.lower() == "off" else value

    def indexes(self, name: str) -> tuple[str, ...]:
        """Return URLs of indexes and names of hosts, apart by commas or white space."""
        entries = tuple(re.split(r"[,\s]+", self._environment.get(name, "").strip(", \n\t")))
        entries = tuple(entry.rstrip("/") for entry in entries if entry)
        for number, entry in enumerate(entries, start=1):
            if not (_is_url(entry) or re.fullmatch(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?", entry)):
                self._blame(
                    name,
                    f"entry {number} is neither the URL of an index nor the name of a host",
                    "such as https://pypi.example/simple files.example",
                )
        return entries

    def mirrors(self, name: str) -> dict[str, str]:
        """Return the mirror of each index: `INDEX=MIRROR`, apart by commas or white space."""
        try:
            return read_mirrors(self._environment.get(name, ""))
        except InputError as error:
            self.faults.extend(error.faults)
            return {}

    def names(self, name: str) -> tuple[str, ...]:
        """Return logins, apart by commas or blanks."""
        found = self.text(name, "").replace(",", " ").split()
        for each in found:
            if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", each):
                self._blame(name, f"not a name that GitHub knows: {each[:60]!r}", "such as `thoth`")
        return tuple(found)

    def secret_key(self, name: str) -> str | None:
        """Return Fernet keys, separated by commas: 32 bytes each, in URL-safe base64."""
        value = self._environment.get(name)
        if value is not None and not all(
            re.fullmatch(r"[A-Za-z0-9_-]{43}=", each.strip()) for each in value.split(",")
        ):
            self._blame(name, "not a Fernet key", "`thoth-bot secret list` says how to make one")
        return value

    def onboarding(self, name: str) -> Literal["import", "all", "off"]:
        """Return where a configuration is proposed unasked."""
        match self.choice(name, "IMPORT", ("IMPORT", "ALL", "OFF")):
            case "ALL":
                return "all"
            case "OFF":
                return "off"
        return "import"

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Return one of the choices, upper case."""
        value = self._environment.get(name, default).upper()
        if value not in choices:
            known = ", ".join(choice.lower() for choice in choices)
            self._blame(name, f"not one of {known}: {value[:40].lower()!r}")
        return value

    def _blame(self, name: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(name, message, hint))


def _as_pem(text: str) -> bytes:
    """Return the key's PEM: as given, on one line with escaped line ends, or in base64."""
    text = text.strip().replace("\\n", "\n")
    if not text.startswith("-----"):
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            return b""
    return text.encode("utf-8", "replace")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and not parts.query
            and not parts.fragment
            and not re.search(r"\s", text)
        )
    except ValueError:
        return False


def _password(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None
