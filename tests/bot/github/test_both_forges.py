"""What every forge must do: the local one and the one on GitHub behave alike."""

from __future__ import annotations

import pytest

from advisor_core.errors import InputError
from bot.errors import BranchMovedError
from bot.forge import MAX_FILE_BYTES, Annotation, BranchName, CheckRun, NewCommit
from bot.jobs.background import in_thread
from bot.jobs.update import update_repository
from bot.managers.update import UpdateEvent
from fakes.advisor import FakeAdvisor
from fakes.forges import FILE, LINK, PROGRAM, SUBMODULE

BRANCH = BranchName("thoth/update/pipfile-lock")
PUSH = UpdateEvent("push")


def new_commit(world, files, *, expected=None, parent=None):
    return NewCommit(
        branch=BRANCH,
        parent=parent or world.head("main"),
        expected_head=expected,
        files=files,
        message="Update flask\n\nBecause.\n",
    )


async def read(world, path):
    base = await world.forge.base()
    return await world.forge.read_file(base.head, path)


async def test_base_is_the_default_branch_and_its_head(either):
    base = await either.forge.base()

    assert (base.branch, base.head) == ("main", either.head("main"))


@pytest.mark.parametrize("content", [b"", b"text\n", b"a\r\nb", b"\0\xff\xfe", "ü€".encode()])
async def test_a_file_is_read_as_it_is(either, content):
    either.commit("main", {"deep/er/file": (FILE, content)})

    assert await read(either, "deep/er/file") == content


@pytest.mark.parametrize("path", ["missing", "README/inside", "deep/missing", "deep/../missing"])
async def test_a_file_that_is_not_there_is_none(either, path):
    either.commit("main", {"deep/file": (FILE, b"x")})

    assert await read(either, path) is None


async def test_links_inside_the_repository_are_followed(either):
    either.commit(
        "main",
        {
            "real/Pipfile": (FILE, b"content"),
            "folder": (LINK, b"real"),
            "deep/link": (LINK, b"../folder/./Pipfile"),
        },
    )

    assert await read(either, "deep/link") == b"content"
    assert await read(either, "folder/Pipfile") == b"content"


@pytest.mark.parametrize("target", [b"/etc/passwd", b"../outside", b"a/../../outside", b".."])
async def test_links_that_leave_the_repository_are_refused(either, target):
    either.commit("main", {"link": (LINK, target)})

    with pytest.raises(InputError, match="leaves the repository"):
        await read(either, "link")


async def test_links_in_a_circle_are_refused(either):
    either.commit("main", {"one": (LINK, b"two"), "two": (LINK, b"one")})

    with pytest.raises(InputError, match="circle"):
        await read(either, "one")


async def test_folders_and_submodules_are_no_files(either):
    sha = either.head("main")
    either.commit("main", {"folder/file": (FILE, b"x"), "module": (SUBMODULE, sha)})

    for path in ("folder", "module"):
        with pytest.raises(InputError, match="not a regular file"):
            await read(either, path)
    with pytest.raises(InputError, match="inside a submodule"):
        await read(either, "module/Pipfile")


async def test_a_file_that_is_too_large_is_refused(either):
    size = MAX_FILE_BYTES + 1
    either.commit("main", {"large": (FILE, b"x" * size), "largest": (FILE, b"x" * (size - 1))})

    assert len(await read(either, "largest")) == MAX_FILE_BYTES
    with pytest.raises(InputError, match=f"larger than {MAX_FILE_BYTES} bytes: {size}"):
        await read(either, "large")


async def test_a_branch_that_does_not_exist_has_no_state(either):
    assert await either.forge.branch_state(BRANCH, await either.forge.base()) is None


async def test_a_commit_makes_the_branch(either):
    files = {"Pipfile.lock": b"{}\n", "new/folder/file": b"\xff\0"}
    sha = await either.forge.write_commit(new_commit(either, files))

    assert either.head(BRANCH) == sha
    assert either.entry(BRANCH, "Pipfile.lock") == (FILE, b"{}\n")
    assert either.entry(BRANCH, "new/folder/file") == (FILE, b"\xff\0")
    assert either.entry(BRANCH, "README") == (FILE, b"hello\n")
    state = await either.forge.branch_state(BRANCH, await either.forge.base())
    assert (state.head, state.parent, state.foreign) == (sha, either.head("main"), None)
    assert state.single
    assert not state.contained


async def test_a_commit_replaces_the_branchs_own(either):
    first = await either.forge.write_commit(new_commit(either, {"Pipfile.lock": b"1"}))
    either.commit("main", {"README": (FILE, b"changed\n")})
    second = await either.forge.write_commit(
        new_commit(either, {"Pipfile.lock": b"2"}, expected=first)
    )

    state = await either.forge.branch_state(BRANCH, await either.forge.base())
    assert (state.head, state.parent, state.single) == (second, either.head("main"), True)
    assert either.entry(BRANCH, "README")[1] == b"changed\n"


async def test_a_branch_behind_the_base_tells_where_it_forked(either):
    fork = either.head("main")
    await either.forge.write_commit(new_commit(either, {"Pipfile.lock": b"1"}))
    either.commit("main", {"README": (FILE, b"changed\n")})

    state = await either.forge.branch_state(BRANCH, await either.forge.base())

    assert (state.fork, state.single, state.contained) == (fork, True, False)


async def test_a_branch_without_anything_common_has_no_fork(either):
    either.commit(BRANCH, {"other": (FILE, b"x")})

    state = await either.forge.branch_state(BRANCH, await either.forge.base())

    assert (state.fork, state.parent) == (None, None)


async def test_a_branch_at_the_base_is_contained(either):
    either.point(BRANCH, either.head("main"))

    state = await either.forge.branch_state(BRANCH, await either.forge.base())

    assert state.contained


async def test_a_merged_branch_is_contained(either):
    await either.forge.write_commit(new_commit(either, {"Pipfile.lock": b"1"}))
    await either.forge.open_pull_request(BRANCH, base="main", title="One", body="b")
    either.merge(BRANCH)

    state = await either.forge.branch_state(BRANCH, await either.forge.base())

    assert state.contained


@pytest.mark.parametrize("expected", ["nothing", "another"])
async def test_a_branch_that_is_elsewhere_is_not_moved(either, expected):
    theirs = either.commit(BRANCH, {"mine": (FILE, b"x")}, base="main")
    wrong = None if expected == "nothing" else either.head("main")

    with pytest.raises(BranchMovedError):
        await either.forge.write_commit(new_commit(either, {"a": b"1"}, expected=wrong))

    assert either.head(BRANCH) == theirs


async def test_a_branch_that_vanished_is_not_made_again(either):
    with pytest.raises(BranchMovedError):
        await either.forge.write_commit(
            new_commit(either, {"a": b"1"}, expected=either.head("main"))
        )

    assert either.head(BRANCH) is None


async def test_a_program_stays_a_program(either):
    either.commit("main", {"run": (PROGRAM, b"old")})

    await either.forge.write_commit(new_commit(either, {"run": b"new"}))

    assert either.entry(BRANCH, "run") == (PROGRAM, b"new")


async def test_nothing_is_written_through_links_or_over_folders(either):
    either.commit("main", {"link": (LINK, b"README"), "folder/file": (FILE, b"x")})

    for path, said in {
        "link": "not a regular file",
        "folder": "not a regular file",
        "link/file": "not a folder",
        "README/file": "not a folder",
    }.items():
        with pytest.raises(InputError, match=said):
            await either.forge.write_commit(new_commit(either, {path: b"new"}))
    assert either.head(BRANCH) is None


async def test_a_persons_commit_is_told_with_the_persons_name(either):
    await either.forge.write_commit(new_commit(either, {"Pipfile.lock": b"1"}))
    either.commit(BRANCH, {"Pipfile.lock": (FILE, b"2")})

    state = await either.forge.branch_state(BRANCH, await either.forge.base())

    assert state.foreign.lower() == "ada"


async def test_a_pull_request_lives(either):
    forge = either.forge
    await forge.write_commit(new_commit(either, {"Pipfile.lock": b"1"}))
    opened = await forge.open_pull_request(BRANCH, base="main", title="One", body="body\n")
    assert await forge.pull_requests([BRANCH]) == (opened,)
    assert (opened.branch, opened.base, opened.state) == (BRANCH, "main", "open")

    await forge.edit_pull_request(opened.number, title="Two", body="other\n")
    await forge.comment(opened.number, key="a", text="hello")
    await forge.comment(opened.number, key="a", text="hello again")
    (found,) = await forge.pull_requests()
    assert (found.title, found.body, found.comments) == ("Two", "other\n", frozenset({"a"}))

    await forge.close_pull_request(opened.number, reason="Nothing is left.")
    (closed,) = await forge.pull_requests([BRANCH])
    assert (closed.state, closed.closed_by_thoth) == ("closed", True)


async def test_a_pull_request_that_a_person_closed_is_told_from_ones_own(either):
    await either.forge.write_commit(new_commit(either, {"Pipfile.lock": b"1"}))
    opened = await either.forge.open_pull_request(BRANCH, base="main", title="One", body="b")
    either.close(opened.number)

    (found,) = await either.forge.pull_requests()

    assert (found.state, found.closed_by_thoth) == ("closed", False)


async def test_a_merged_pull_request_is_told_so(either):
    await either.forge.write_commit(new_commit(either, {"Pipfile.lock": b"1"}))
    await either.forge.open_pull_request(BRANCH, base="main", title="One", body="b")
    either.merge(BRANCH)

    (found,) = await either.forge.pull_requests()

    assert found.state == "merged"


def check_run(world, **more):
    return CheckRun(
        **{
            "name": "Thoth: default",
            "head_sha": world.head("main"),
            "conclusion": "failure",
            "title": "No stack",
            "summary": "Because.\n",
            **more,
        }
    )


async def test_a_check_run_is_replaced_by_its_name(either):
    remark = Annotation("Pipfile", 1, 2, "cannot hold", "No stack exists")
    for each in (
        check_run(either),
        check_run(either, annotations=(remark,)),
        check_run(either, annotations=(remark,), summary="Still.\n"),
        check_run(either, conclusion="success"),
    ):
        await either.forge.put_check_run(each)
        assert await either.forge.check_runs(either.head("main")) == (each,)
    other = check_run(either, name="Thoth: other")
    await either.forge.put_check_run(other)
    assert len(await either.forge.check_runs(either.head("main"))) == 2


async def test_a_run_with_nothing_new_changes_nothing(either):
    either.commit("main", {"Pipfile": (FILE, b'[packages]\nflask = "*"\n')})
    advisor = FakeAdvisor({"flask": "3.0"})
    first = await update_repository(either.forge, event=PUSH, propose=in_thread(advisor))
    head = either.head(BRANCH)
    before = await either.forge.pull_requests()

    second = await update_repository(either.forge, event=PUSH, propose=in_thread(advisor))

    assert first.failure is None
    assert second.failure is None
    assert [type(action).__name__ for action in second.actions] == ["Nothing"]
    assert (either.head(BRANCH), await either.forge.pull_requests()) == (head, before)


async def test_an_update_is_made_in_place_and_closed_when_nothing_is_left(either):
    either.commit("main", {"Pipfile": (FILE, b'[packages]\nflask = "*"\n')})
    await update_repository(
        either.forge, event=PUSH, propose=in_thread(FakeAdvisor({"flask": "3.0"}))
    )
    await update_repository(
        either.forge, event=PUSH, propose=in_thread(FakeAdvisor({"flask": "3.1"}))
    )
    (found,) = await either.forge.pull_requests()
    assert "3.1" in found.body
    state = await either.forge.branch_state(BRANCH, await either.forge.base())
    assert state.single

    either.commit("main", {"Pipfile.lock": (FILE, either.entry(BRANCH, "Pipfile.lock")[1])})
    await update_repository(
        either.forge, event=PUSH, propose=in_thread(FakeAdvisor({"flask": "3.1"}))
    )
    (closed,) = await either.forge.pull_requests()
    assert (closed.state, closed.closed_by_thoth) == ("closed", True)


async def test_a_persons_commit_stops_the_updates_and_is_remarked_once(either):
    either.commit("main", {"Pipfile": (FILE, b'[packages]\nflask = "*"\n')})
    await update_repository(
        either.forge, event=PUSH, propose=in_thread(FakeAdvisor({"flask": "3.0"}))
    )
    theirs = either.commit(BRANCH, {"Pipfile.lock": (FILE, b"mine")})
    for _ in range(2):
        await update_repository(
            either.forge, event=PUSH, propose=in_thread(FakeAdvisor({"flask": "3.1"}))
        )

    (found,) = await either.forge.pull_requests()
    assert either.head(BRANCH) == theirs
    assert found.comments == frozenset({f"edited:{theirs}"})


async def test_a_conflict_is_a_check_run_that_is_cleared_later(either):
    either.commit("main", {"Pipfile": (FILE, b'[packages]\nimpossible = "*"\n')})
    advisor = FakeAdvisor({"flask": "3.0"})
    await update_repository(either.forge, event=PUSH, propose=in_thread(advisor))
    (check,) = await either.forge.check_runs(either.head("main"))
    assert (check.conclusion, len(check.annotations)) == ("failure", 1)

    again = await update_repository(either.forge, event=PUSH, propose=in_thread(advisor))
    assert again.actions == ()
