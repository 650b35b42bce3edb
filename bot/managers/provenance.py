"""The provenance manager: where the files of a lockfile come from, on the lockfile's own lines. Pure.

One check run for each lockfile, on the default branch and on people's pull requests. Its eight codes are
those of the Thoth project: `docs/lockfiles.md` tells what each means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation.quoting import code, fence, plain, remark
from bot.conversation.sections import MAX_PATH, count
from bot.conversation.tables import MAX_NAME, table
from bot.forge import Annotation, CheckRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.outcome import LockOutcome
    from advisor_core.verification.findings import Finding
    from bot.forge import CommitSha, Conclusion

__all__ = ["MOST_ANNOTATIONS", "provenance_checks"]

MOST_ANNOTATIONS = 500
"""Of one lockfile; GitHub takes 50 in a request, and each request is a write."""

_TABLE_BYTES = 40_000
_MESSAGE_CHARACTERS = 400


def provenance_checks(
    outcomes: Sequence[LockOutcome],
    provenance: Sequence[Sequence[Finding] | None],
    head_sha: CommitSha,
) -> tuple[CheckRun, ...]:
    """Return a check run for each lockfile that was looked at.

    `provenance` is parallel to `outcomes`, or empty: nothing was looked at.
    """
    checked = zip(outcomes, provenance, strict=False)
    return tuple(
        _check(outcome.target.lockfile, outcome.target.manifest.path, findings, head_sha)
        for outcome, findings in checked
        if findings is not None
    )


def _check(
    lockfile: str, manifest: str, findings: Sequence[Finding], head_sha: CommitSha
) -> CheckRun:
    errors = sum(finding.is_error for finding in findings)
    conclusion: Conclusion = "failure" if errors else "neutral" if findings else "success"
    warnings = len(findings) - errors
    said = ", ".join(
        count(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number
    )
    return CheckRun(
        name=plain(f"Thoth: provenance of {lockfile}", limit=150),
        head_sha=head_sha,
        conclusion=conclusion,
        title=said or "Every file is where the lockfile says",
        summary=_summary(lockfile, manifest, findings),
        annotations=tuple(_annotate(each) for each in findings if each.origin.line)[
            :MOST_ANNOTATIONS
        ],
    )


def _summary(lockfile: str, manifest: str, findings: Sequence[Finding]) -> str:
    shown = code(lockfile, limit=MAX_PATH)
    if not findings:
        return (
            f"Every entry of {shown} is on an index that {code(manifest, limit=MAX_PATH)} declares, "
            "with these hashes.\n"
        )
    # GitHub shows annotations on lines of the diff only, so all of it is here too.
    rows, left = table(
        ("Where", "Package", "Code", "What"),
        [
            (
                code(str(each.origin), limit=MAX_PATH),
                code(each.package, limit=MAX_NAME) if each.package else "",
                code(str(each.code)),
                remark(each.message, limit=_MESSAGE_CHARACTERS),
            )
            for each in findings
        ],
        limit_bytes=_TABLE_BYTES,
    )
    more = f"\n\n… and {left} more." if left else ""
    hints = "\n".join(f"- {remark(hint)}" for hint in dict.fromkeys(each.hint for each in findings))
    return (
        f"What {shown} says of where its files come from does not hold.\n\n{rows}{more}\n\n"
        f"### What to do\n\n{hints}\n\n### By hand\n\n{fence('thoth provenance')}\n"
    )


def _annotate(finding: Finding) -> Annotation:
    line = finding.origin.line or 1
    where = f" (in {', '.join(finding.environments)})" if finding.environments else ""
    text = f"{finding.message}{where}\nhint: {finding.hint}"
    return Annotation(
        path=finding.origin.file,
        start_line=line,
        end_line=line,
        message="\n".join(plain(part, limit=1000) for part in text.split("\n")),
        title=str(finding.code),
        level="failure" if finding.is_error else "warning",
    )
