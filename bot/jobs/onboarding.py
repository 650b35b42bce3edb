"""Proposes a `.thoth.yaml`: when a person asks for it, and once where the App is new.

Unasked by default only where another tool is configured: without, Thoth does as well without the file, and a
second pull request would be noise.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from advisor_core.config.file import CONFIGURATION_PATH
from advisor_core.config.pull_requests import PullRequestSettings
from advisor_core.errors import InputError
from advisor_core.targets import find_targets
from bot.forge import NewCommit
from bot.importing import IMPORTERS
from bot.jobs.background import call_in_thread
from bot.jobs.loosen import ChangedFiles
from bot.jobs.update import CommitFiles, read_style
from bot.managers.onboarding import (
    ONBOARDING_BRANCH,
    Preview,
    draft_configuration,
    onboarding_body,
    onboarding_message,
    onboarding_title,
)

if TYPE_CHECKING:
    from advisor_core.environment.declaration import EnvironmentDeclaration
    from bot.forge import Forge
    from bot.github.forge import GitHubForge
    from bot.importing.interface import Imported
    from bot.jobs.update import Propose, UpdateReport

__all__ = ["Onboarding", "propose_configuration", "welcome"]

Onboarding = Literal["import", "all", "off"]
"""Where a configuration is proposed unasked: where there is one of another tool, everywhere, nowhere."""


async def welcome(
    forge: GitHubForge, report: UpdateReport, *, propose: Propose, where: Onboarding
) -> int | None:
    """Propose a configuration to a repository that the App has not looked at before; return the number.

    None: it has one, or nothing to configure, is a fork, or was asked before: what was closed stays closed.
    Raises as `propose_configuration`.
    """
    if where == "off" or report.has_configuration or not report.facts.outcomes:
        return None
    if forge.repository.is_fork or await forge.pulls.ever_opened(ONBOARDING_BRANCH):
        return None
    files = CommitFiles(forge, report.base.head, asyncio.get_running_loop())
    if where == "import" and not await _has_other_tool(files):
        return None
    return await propose_configuration(forge, propose=propose)


async def _has_other_tool(files: CommitFiles) -> bool:
    for importer in IMPORTERS:
        for path in importer.paths:
            if await files.fetch(path) is not None:
                return True
    return False


async def propose_configuration(forge: Forge, *, propose: Propose) -> int | None:
    """Open the pull request, or bring it up to date; return its number.

    None: there is a `.thoth.yaml`, or a person committed to the branch. Raises ForgeError, InputError
    when there is no manifest, and IndexFailure from `propose`.
    """
    base = await forge.base()
    files = CommitFiles(forge, base.head, asyncio.get_running_loop())
    if await files.fetch(CONFIGURATION_PATH) is not None:
        return None
    state = await forge.branch_state(ONBOARDING_BRANCH, base)
    if state is not None and state.foreign is not None and not state.contained:
        return None
    declarations, imports = await call_in_thread(lambda: _look(files))
    draft = draft_configuration(declarations, imports)
    environments = [f"`{each.name}`: {each.summary}" for each in declarations]
    try:
        proposal = await propose(ChangedFiles(files, {CONFIGURATION_PATH: draft.text}))
        preview = Preview(
            proposal.outcomes,
            mode=proposal.mode,
            environments=environments,
            notes=proposal.notes,
        )
    except InputError as error:
        preview = Preview(faults=error.faults, environments=environments)
    style = await read_style(forge, base, PullRequestSettings())
    commit = NewCommit(
        branch=ONBOARDING_BRANCH,
        parent=base.head,
        expected_head=state.head if state is not None else None,
        files={CONFIGURATION_PATH: draft.text},
        message=style.prefixed(onboarding_message()),
    )
    present = await forge.read_file(state.head, CONFIGURATION_PATH) if state is not None else None
    if state is None or not state.single or state.parent != base.head or present != draft.text:
        await forge.write_commit(commit)
    opened = await forge.open_pull_request(
        ONBOARDING_BRANCH,
        base=base.branch,
        title=style.prefixed(onboarding_title()),
        body=onboarding_body(draft, preview),
    )
    return opened.number


def _look(
    files: CommitFiles,
) -> tuple[list[EnvironmentDeclaration], list[tuple[str, Imported]]]:
    """Return what the project's files and those of other tools say. Raises InputError."""
    targets, _ = find_targets(files)
    declarations = {
        each.name: each for target in reversed(targets) for each in reversed(target.declarations)
    }
    imports = []
    for importer in IMPORTERS:
        for path in importer.paths:
            content = files.read(path)
            if content is None:
                continue
            imports.append((path, importer.convert(importer.read(content, path))))
            break  # the tool reads no other one
    return list(reversed(declarations.values())), imports
