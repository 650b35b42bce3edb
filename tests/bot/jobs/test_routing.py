from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.routing import Work, is_watched, route
from bot.managers.dashboard import DashboardFacts, render_dashboard

REPOSITORY = {"id": 42, "full_name": "octo/hello", "default_branch": "main"}
UPDATE = Work("update", 7, 42, "octo/hello")


def payload(**fields):
    return {"installation": {"id": 7}, "repository": REPOSITORY, **fields}


def routed(event, data):
    return route(event, json.dumps(data).encode())


def push(**fields):
    return routed("push", payload(**{"ref": "refs/heads/main", **fields}))


def commit(**changes):
    return {"added": [], "modified": [], "removed": [], **changes}


@pytest.mark.parametrize(
    "path",
    [
        "Pipfile",
        "Pipfile.lock",
        "app/pyproject.toml",
        "pylock.toml",
        "pylock.gpu.toml",
        "requirements.in",
        "requirements.txt",
        "dev-requirements.txt",
        "requirements/base.txt",
        ".thoth.yaml",
        ".python-version",
    ],
)
def test_files_that_decide_about_locks_are_watched(path):
    assert is_watched(path)


@pytest.mark.parametrize("path", ["README.md", "src/Pipfile.py", "x/.thoth.yaml", "notes.txt"])
def test_other_files_are_not_watched(path):
    assert not is_watched(path)


@pytest.mark.parametrize("change", ["added", "modified", "removed"])
def test_push_that_touches_a_manifest_is_work(change):
    commits = [commit(), commit(**{change: ["README.md", "Pipfile"]})]
    assert push(commits=commits).work == (UPDATE,)


def test_push_that_touches_nothing_watched_is_ignored():
    found = push(commits=[commit(modified=["README.md"])])
    assert (found.work, bool(found.reason)) == ((), True)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="no commits key"),
        pytest.param({"commits": None}, id="null"),
        pytest.param({"commits": []}, id="empty"),
        pytest.param({"commits": [commit(modified=["x"])], "forced": True}, id="forced"),
        pytest.param({"commits": [commit(modified=["x"])] * 2048}, id="list is cut"),
        pytest.param({"commits": [commit(modified=["x"])], "created": True}, id="new branch"),
    ],
)
def test_push_without_a_full_list_of_changes_is_work(fields):
    assert push(**fields).work == (UPDATE,)


def test_push_to_another_branch_a_tag_or_a_deletion_is_ignored():
    for fields in ({"ref": "refs/heads/dev"}, {"ref": "refs/tags/main"}, {"deleted": True}):
        assert push(**fields).work == ()


@pytest.mark.parametrize("action", ["created", "unsuspend", "new_permissions_accepted"])
def test_installation_is_scanned(action):
    found = routed("installation", {"action": action, "installation": {"id": 7}})
    assert found.work == (Work("scan", 7),)


@pytest.mark.parametrize("action", ["deleted", "suspend"])
def test_removed_or_suspended_installation_is_forgotten(action):
    found = routed("installation", {"action": action, "installation": {"id": 7}})
    assert (found.work, found.forgotten_installation) == ((), 7)


@pytest.mark.parametrize(
    ("action", "owner", "names"), [("deleted", "Octo", ("Octo/hello",)), ("suspend", "", ())]
)
def test_only_a_removed_installation_loses_its_credentials(action, owner, names):
    installation = {"id": 7, "account": {"login": "Octo", "type": "User"}}
    repositories = [{"id": 1, "full_name": "Octo/hello"}]
    found = routed(
        "installation",
        {"action": action, "installation": installation, "repositories": repositories},
    )
    assert (found.forgotten_owner, found.forgotten_names) == (owner, names)


def test_repositories_are_added_and_removed():
    found = routed(
        "installation_repositories",
        {
            "installation": {"id": 7},
            "repositories_added": [{"id": 1, "full_name": "a/b"}],
            "repositories_removed": [{"id": 2, "full_name": "a/c"}],
        },
    )
    assert found.work == (Work("update", 7, 1, "a/b"),)
    assert (found.forgotten_repositories, found.forgotten_names) == ((2,), ("a/c",))


@pytest.mark.parametrize(
    ("action", "hidden", "work"),
    [("privatized", (42,), (UPDATE,)), ("publicized", (), (UPDATE,)), ("renamed", (), ())],
)
def test_what_becomes_private_is_hidden_and_what_becomes_public_is_read_anew(action, hidden, work):
    found = routed("repository", payload(action=action))
    assert (found.hidden_repositories, found.work) == (hidden, work)


def test_a_deleted_repository_is_forgotten():
    found = routed("repository", payload(action="deleted"))
    assert (found.work, found.forgotten_repositories) == ((), (42,))
    assert found.forgotten_names == ("octo/hello",)


def pull_request(action, ref="change", repository_id=42):
    head = {"ref": ref, "repo": {"id": repository_id, "full_name": "octo/hello"}}
    return routed("pull_request", payload(action=action, pull_request={"number": 3, "head": head}))


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "edited"])
def test_pull_request_of_a_person_is_checked(action):
    assert pull_request(action).work == (Work("check", 7, 42, "octo/hello", number=3),)


def test_own_pull_request_is_not_checked_but_a_fork_cannot_pose_as_one():
    branch = "thoth/update/pipfile-lock"
    assert pull_request("synchronize", branch).work == ()
    assert pull_request("synchronize", branch, repository_id=99).work[0].kind == "check"


def test_own_pull_request_closed_by_a_person_is_decided_anew():
    assert pull_request("closed", "thoth/update/pipfile-lock").work == (UPDATE,)


def test_labels_and_the_like_are_ignored():
    assert pull_request("labeled").work == ()


def check_run(name="Thoth: default", action="rerequested", numbers=()):
    run = {
        "name": name,
        "head_sha": "a" * 40,
        "pull_requests": [{"number": number} for number in numbers],
    }
    return routed("check_run", payload(action=action, check_run=run))


def test_check_run_asked_for_again_names_its_pull_request_or_its_commit():
    assert [each.number for each in check_run(numbers=(3,)).work] == [3]
    (work,) = check_run().work
    assert (work.kind, work.head_sha, work.manual) == ("recheck", "a" * 40, True)


def test_other_check_runs_are_ignored():
    assert check_run(name="build").work == ()
    assert check_run(action="created").work == ()


def test_no_installation_key_is_tolerated():
    found = routed("push", {"ref": "refs/heads/main", "repository": REPOSITORY})
    assert (found.work, found.reason) == ((), "names no installation")


@pytest.mark.parametrize("event", ["star", "workflow_run", "ping", "x" * 1000])
def test_foreign_events_are_ignored(event):
    assert routed(event, payload()).work == ()


@settings(deadline=None)
@given(st.sampled_from(["push", "pull_request", "installation", "check_run"]), st.binary())
def test_no_bytes_make_routing_fail(event, body):
    assert route(event, body).reason


KEYS = ("action", "installation", "repository", "commits", "pull_request", "ref")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "action", "ref", "repo", "head", "commits", "added"]),
            inner,
            max_size=4,
        )
    ),
)


@settings(deadline=None)
@given(
    st.sampled_from(["push", "pull_request", "installation", "check_run"]),
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("action", "installation", "repository", "commits", "pull_request", "ref"), JSON
        ),
    ),
)
def test_no_shape_of_payload_makes_routing_fail(event, data):
    found = routed(event, data)
    assert found.work or found.reason or found.forgotten_installation is not None


def message(body, *, kind="User", action="created", event="issue_comment", title="t"):
    issue = {"number": 5, "title": title, "body": body, "user": {"type": kind}}
    comment = {"body": body, "user": {"type": kind}}
    more = {"comment": comment} if event == "issue_comment" else {}
    return routed(event, payload(action=action, issue=issue, **more))


ANSWER = Work("answer", 7, 42, "octo/hello", number=5)
SEEN = Work("acknowledge", 7, 42, "octo/hello", number=5)


@pytest.mark.parametrize("body", ["/thoth help", "thanks\n  /Thoth update", "@thoth-app info"])
def test_a_comment_that_may_hold_a_command_is_answered_at_once(body):
    found = message(body)
    assert found.work == (SEEN, ANSWER)
    assert all(work.is_urgent for work in found.work)
    assert message(body, action="edited").work == (SEEN, ANSWER)


@pytest.mark.parametrize(
    "found",
    [
        message("looks good, /thoth is fine"),
        message("/thoth help", kind="Bot"),
        message("/thoth help", action="deleted"),
        message("", event="issues", action="edited", title="Kebechet is down"),
        routed("issue_comment", payload(action="created")),
    ],
)
def test_other_comments_are_not(found):
    assert found.work == ()
    assert found.reason


def test_a_new_issue_without_a_command_may_be_labelled():
    found = message("help", event="issues", action="opened")
    assert found.work == (Work("label", 7, 42, "octo/hello", number=5),)
    assert found.work[0].key == "label:42:5"
    assert not found.work[0].is_urgent


def test_the_title_of_a_new_issue_is_a_command():
    found = message(None, event="issues", action="opened", title="Kebechet update")
    assert found.work == (SEEN, ANSWER)


def dashboard_edited(sender, body):
    issue = {"number": 5, "title": "t", "body": body, "user": {"type": "Bot"}}
    return routed("issues", payload(action="edited", issue=issue, sender={"type": sender}))


def test_a_box_that_a_person_checked_in_the_dashboard_is_looked_at():
    text = render_dashboard(DashboardFacts("advise"))
    checked = text.replace("[ ]", "[x]")
    assert dashboard_edited("User", checked).work == (ANSWER,)
    assert dashboard_edited("User", text).work == ()
    assert dashboard_edited("Bot", checked).work == ()


def pressed_on(identifier, *, numbers=(5,), login="ada"):
    check_run = {"name": "Thoth: default", "pull_requests": [{"number": each} for each in numbers]}
    more = {"sender": {"type": "User", "login": login}} if login else {}
    return routed(
        "check_run",
        payload(
            action="requested_action",
            check_run=check_run,
            requested_action={"identifier": identifier},
            **more,
        ),
    )


def test_apply_advice_is_work_on_the_pull_request_for_who_pressed_it():
    found = pressed_on("apply")
    assert found.work == (Work("apply", 7, 42, "octo/hello", number=5, author="ada"),)
    assert found.work[0].key == "apply:42:5:ada"
    assert pressed_on("apply", login="bob").work[0].key != found.work[0].key


@pytest.mark.parametrize(
    "found", [pressed_on("apply", numbers=()), pressed_on("apply", login=""), pressed_on("sudo")]
)
def test_a_button_of_no_pull_request_or_of_nobody_is_passed_over(found):
    assert found.work == ()
    assert found.reason


EVIDENCE = Work("evidence", 7, 42, "octo/hello")
MERGE = Work("merge", 7, 42, "octo/hello")


def suite(branch, action="completed"):
    return routed("check_suite", payload(action=action, check_suite={"head_branch": branch}))


def status(branch, state="success"):
    return routed("status", payload(state=state, branches=[{"name": branch}, {"name": "x"}]))


@pytest.mark.parametrize(
    ("branch", "work"),
    [
        ("thoth/update/pipfile-lock", (EVIDENCE, MERGE)),
        ("thoth/security/pipfile-lock", (EVIDENCE, MERGE)),
        ("main", (EVIDENCE,)),
    ],
)
def test_checks_that_ended_on_thoths_branches_and_the_default_one_are_looked_at(branch, work):
    assert suite(branch).work == work
    assert status(branch).work == work
    assert status(branch, "failure").work == work


@pytest.mark.parametrize(
    "found",
    [
        suite("work"),
        suite(None),
        suite("thoth/update/x", "requested"),
        status("work"),
        status("thoth/update/x", "pending"),
        routed("check_suite", payload(action="completed")),
    ],
)
def test_other_checks_are_not(found):
    assert found.work == ()
    assert found.reason


def pressed(identifier):
    check_run = {"name": "Thoth: default", "head_sha": "a" * 40}
    action = {"identifier": identifier}
    return routed(
        "check_run",
        payload(action="requested_action", check_run=check_run, requested_action=action),
    )


def test_the_button_loosen_is_obeyed_at_once_and_no_other():
    (work,) = pressed("loosen").work
    assert (work.kind, work.is_urgent) == ("loosen", True)
    assert pressed("explode").work == ()
