"""`docs/pull-requests.md` says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from bot.managers.update import branch_name

DOCS = (Path(__file__).parents[2] / "docs/pull-requests.md").read_text()


def test_the_branch_table_has_the_real_names():
    rows = re.findall(r"^\| `([^`]+)` \| `(thoth/[^`]+)`", DOCS, re.MULTILINE)

    assert len(rows) == 4
    for lockfile, branch in rows:
        digits = 8 if branch.endswith("-") else 0
        assert re.fullmatch(re.escape(branch) + f"[0-9a-f]{{{digits}}}", branch_name(lockfile))
