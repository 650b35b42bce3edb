"""Proposes a `.thoth.yaml`, when a person asks for it by command or in the dashboard."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from advisor_core.config.file import CONFIGURATION_PATH
from advisor_core.errors import InputError
from advisor_core.targets import find_targets
from bot.forge import NewCommit
from bot.importing import IMPORTERS
from bot.jobs.background import call_in_thread
from bot.jobs.loosen import ChangedFiles
from bot.jobs.update import CommitFiles
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
    from bot.importing.interface import Imported
    from bot.jobs.update import Propose

__all__ = ["propose_configuration"]


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
    commit = NewCommit(
        branch=ONBOARDING_BRANCH,
        parent=base.head,
        expected_head=state.head if state is not None else None,
        files={CONFIGURATION_PATH: draft.text},
        message=onboarding_message(),
    )
    present = await forge.read_file(state.head, CONFIGURATION_PATH) if state is not None else None
    if state is None or not state.single or state.parent != base.head or present != draft.text:
        await forge.write_commit(commit)
    opened = await forge.open_pull_request(
        ONBOARDING_BRANCH,
        base=base.branch,
        title=onboarding_title(),
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
