"""Under which name the cache keeps the answers of an index.

The same text `https://host/${TENANT}/simple` is another index for another tenant, so what its variables
stand for is part of the name: as a digest, since it may be a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor_core.index.sources import public_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.model import IndexSource

__all__ = ["VARIABLE", "cache_identity"]

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""`${NAME}` in the URL of an index."""


def cache_identity(source: IndexSource, environment: Mapping[str, str]) -> str:
    """Return the URL as it may be shown, and a digest of its variables if it has any.

    Of a private index also of its credentials.
    """
    url = public_url(source.url)
    if source.flat:
        url += "#flat"
    names = VARIABLE.findall(url)
    if not names and not source.private:
        return url
    import hashlib  # noqa: PLC0415 - few indexes have variables

    values = "\0".join(environment.get(name, "") for name in names)
    if source.private:
        values += f"\0{source.url}"
    return f"{url}#{hashlib.sha256(values.encode()).hexdigest()[:32]}"
