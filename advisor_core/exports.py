"""The requirements files of a project that repeat its lockfile, updated with it.

Performs no I/O of its own: files come through `Files`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.errors import InputError
from advisor_core.lockfiles.exported import update_export
from advisor_core.lockfiles.formats import format_of, read_entries
from advisor_core.outcome import FurtherLock
from advisor_core.values import replace

if TYPE_CHECKING:
    from advisor_core.manifests.interface import Files
    from advisor_core.outcome import LockOutcome

__all__ = ["EXPORT_NAMES", "with_exports"]

_KINDS = ("dev", "develop", "development", "test", "tests", "testing", "docs", "prod", "production")

EXPORT_NAMES = (
    "requirements.txt",
    *(f"requirements-{kind}.txt" for kind in _KINDS),
    *(f"{kind}-requirements.txt" for kind in _KINDS),
    *(f"requirements/{kind}.txt" for kind in ("base", "main", "requirements", *_KINDS)),
)
"""Where requirements files are looked for, beside the manifest."""


def with_exports(files: Files, outcome: LockOutcome) -> LockOutcome:
    """Return an outcome with the requirements files that repeated the lock before, as they are now."""
    target = outcome.target
    if outcome.status != "improved" or target.manifest.kind == "requirements":
        return outcome
    if outcome.old_text is None or outcome.new_text is None:
        return outcome
    form = format_of(target.lockfile)
    try:
        before = read_entries(form, outcome.old_text, target.lockfile)
        after = read_entries(form, outcome.new_text, target.lockfile)
    except InputError:
        return outcome
    further = []
    folder = posixpath.dirname(target.manifest.path)
    for name in EXPORT_NAMES:
        path = posixpath.join(folder, name)
        try:
            data = files.read(path)
            text = None if data is None else update_export(data, before, after, outcome.stacks)
        except InputError:
            continue
        if data is not None and text is not None and text != data:
            further.append(FurtherLock(path, data, text))
    return replace(outcome, further=(*outcome.further, *further)) if further else outcome
