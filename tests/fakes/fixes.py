"""Security updates to write texts about. Values only."""

from __future__ import annotations

from dataclasses import replace

from advisor_core.advisories.interface import Advisory
from advisor_core.security_outcome import Fixed, SecurityFix, Unfixed
from fakes.outcomes import EVIL, HOSTILE, change, declared, improved

AS_OF = 1_795_000_000


def advisory(identifier="PYSEC-2026-1", package="lib", **fields):
    known = {
        "aliases": ("CVE-2026-1", "GHSA-x"),
        "summary": "reads what it should not",
        "severity": "high",
        "link": f"https://osv.dev/vulnerability/{identifier}",
    }
    return Advisory(identifier, package, **{**known, **fields})


FIX = SecurityFix(
    improved(
        [
            change("app", "1.0", "2.0", direct=True, why="app 1.0 requires lib<2"),
            change("lib", "1.0", "2.0", why="the nearest release without PYSEC-2026-1"),
        ]
    ),
    fixed=(Fixed("lib", "1.0", "2.0", advisory(), "<2"),),
    unfixed=(),
    as_of=AS_OF,
)

CAPPED = Unfixed(
    "lib",
    "1.0",
    advisory(),
    ("2.1", "2.0"),
    "app 1.0 requires lib <2,\nand the manifest requires app <2.",
    (declared('app = "<2"', line=7),),
    "<2",
)

NO_RELEASE = Unfixed(
    "old", "1", advisory("PYSEC-2026-2", "old"), (), "no release", (), "every release"
)

STUCK = replace(
    FIX, outcome=improved([], status="unchanged"), fixed=(), unfixed=(CAPPED, NO_RELEASE)
)

CLEAN = replace(STUCK, unfixed=())

_EVIL = Advisory(EVIL, EVIL, (f"CVE-{EVIL}",), EVIL, "critical", f"https://evil.example/{EVIL}")

EVIL_FIX = SecurityFix(
    HOSTILE,
    fixed=(Fixed(EVIL, EVIL, EVIL, _EVIL, EVIL), Fixed(EVIL, EVIL, None, _EVIL, EVIL)),
    unfixed=(
        Unfixed(
            EVIL, EVIL, _EVIL, (EVIL,), f"{EVIL}\n```\n</details>", (declared(EVIL, line=3),), EVIL
        ),
        Unfixed(EVIL, EVIL, _EVIL, (), EVIL),
    ),
    as_of=AS_OF,
    least_severity="high",
)
