"""The documentation lists every code of `thoth verify`."""

from __future__ import annotations

from pathlib import Path

from advisor_core.verification.findings import Code


def test_every_code_is_documented_with_its_severity():
    text = (Path(__file__).parents[2] / "docs" / "lockfiles.md").read_text()
    rows = [row for row in text.splitlines() if row.startswith("| `") and row.count("|") == 4]
    documented = {row.split("`")[1]: row.rsplit("|", 2)[1].strip() for row in rows}
    from advisor_core.model import Origin
    from advisor_core.verification.findings import Finding

    for code in Code:
        is_error = Finding(code, Origin("f"), "m", "h").is_error
        assert documented[code] == ("error" if is_error else "warning")
