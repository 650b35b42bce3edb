"""`extends`: an owner's shared configuration is read, as far as the repository may show it."""

from __future__ import annotations

import pytest

from advisor_core.config.extend import read_project_configuration
from advisor_core.errors import InputError
from bot.jobs.background import in_thread
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeProposal

SHARED = {".thoth.yaml": "mode: silent\n"}


@pytest.fixture
def owners(github, repository, installation):
    """The owner's `.github` repository, which the App may read."""
    made = github.add_repository("octo/.github", files=SHARED)
    installation.add(made)
    repository.push("main", {".thoth.yaml": "extends: .github\n"})
    return made


async def mode_of(world):
    modes = []

    def propose(files):
        configuration, notes = read_project_configuration(files)
        modes.append((configuration.mode, notes))
        return FakeProposal((), notes, configuration.mode or "pull-request")

    forge = await world.open()
    await update_repository(forge, event=UpdateEvent("push"), propose=in_thread(propose))
    return modes[0]


async def test_a_public_repository_reads_the_owners_public_configuration(world, owners):
    assert await mode_of(world) == ("silent", ())


async def test_a_private_repository_reads_the_owners_private_configuration(
    world, owners, repository
):
    owners.make_private()
    repository.make_private()
    assert await mode_of(world) == ("silent", ())


async def test_a_public_repository_shows_nothing_of_a_private_one(world, owners):
    owners.make_private()
    mode, (note,) = await mode_of(world)
    assert mode is None
    assert "nothing is added" in note


async def test_an_owner_without_shared_configuration_is_noted(world, repository):
    repository.push("main", {".thoth.yaml": "extends: .github\n"})
    mode, (note,) = await mode_of(world)
    assert mode is None
    assert "nothing is added" in note


async def test_a_folder_in_its_place_is_told(world, owners):
    owners.push("main", {".thoth.yaml": None, ".thoth.yaml/x": "1"})
    forge = await world.open()
    await forge.base()
    with pytest.raises(InputError, match="not a regular file"):
        await forge.read_shared(".github", ".thoth.yaml")
