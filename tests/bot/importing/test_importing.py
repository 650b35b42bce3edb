"""What other tools were told becomes keys of `.thoth.yaml`; what cannot is named with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.config.reader import parse_configuration
from advisor_core.environment.declaration import EnvironmentDeclaration, Sourced
from advisor_core.errors import InputError
from bot.importing import IMPORTERS
from bot.importing.dependabot import Dependabot
from bot.importing.json5 import read_json5
from bot.importing.renovate import Renovate
from bot.importing.tree import entries, text, texts
from bot.managers.onboarding import draft_configuration

HERE = EnvironmentDeclaration(
    "default", Sourced("3.11", "Pipfile:9"), Sourced("manylinux_2_28_x86_64", "the default")
)

RENOVATE = b"""\
// For our repositories
{
  $schema: 'https://docs.renovatebot.com/renovate-schema.json',
  extends: ['config:recommended'], /* the usual */
  "ignoreDeps": ["Flask", "left-pad/x"],
  minimumReleaseAge: "3 days",
  rangeStrategy: "pin",\t
  hugely: true,
  packageRules: [
    {matchPackageNames: ["django"], matchUpdateTypes: ["major"], enabled: false},
    {matchPackageNames: ["numpy"], allowedVersions: "<2"},
    {matchPackageNames: ["/^boto/"], enabled: false},
    {matchFileNames: ["docs/**"], enabled: false},
    {matchUpdateTypes: ["patch", "minor"], automerge: true},
  ],
}
"""

DEPENDABOT = b"""\
version: 2
updates:
- package-ecosystem: github-actions
  directory: /
- package-ecosystem: pip
  directory: /
  open-pull-requests-limit: 5
  cooldown: {default-days: 7, semver-major-days: 30}
  ignore:
  - dependency-name: Django
    update-types: ["version-update:semver-major"]
  - dependency-name: numpy
    versions: [">=2"]
  - dependency-name: "boto*"
  - dependency-name: flask
"""


def draft(importer, content):
    imported = importer.convert(importer.read(content, importer.paths[0]))
    return draft_configuration([HERE], [(importer.paths[0], imported)])


def meant(made):
    return parse_configuration(made.text, ".thoth.yaml")


def rules(made):
    return [
        (rule.names, rule.allow or [each.text for each in rule.ignore])
        for rule in meant(made).packages
    ]


def test_renovate_is_taken_over_as_far_as_it_goes():
    made = draft(Renovate(), RENOVATE)
    found = meant(made)
    assert rules(made) == [
        (("flask",), ["all"]),
        (("django",), ["major"]),
        (("numpy",), "<2"),
    ]
    assert (found.mode, found.merged_updates) == ("automerge", ("patch", "minor"))
    assert found.advice.cooldown_days == 3
    assert {each.source: each.reason for _, each in made.left} == {
        "extends": "presets are not followed: say here what of them is wanted",
        "ignoreDeps": "a rule names packages, without patterns",
        "rangeStrategy": "Thoth changes lockfiles and leaves the manifest's ranges to people",
        "hugely": "there is nothing like it",
        "packageRules[2]": "a rule names packages, without patterns",
        "packageRules[3]": "it depends on more than names and kinds of updates",
    }


def test_dependabot_is_taken_over_as_far_as_it_goes():
    made = draft(Dependabot(), DEPENDABOT)
    assert rules(made) == [
        (("django",), ["major"]),
        (("numpy",), [">=2"]),
        (("flask",), ["all"]),
    ]
    assert meant(made).advice.cooldown_days == 7
    assert meant(made).limits.open_pull_requests == 5
    assert [each.source for _, each in made.left] == [
        "updates[0]",
        "updates[1].directory",
        "updates[1].cooldown.semver-major-days",
        "updates[1].ignore[2]",
    ]


def test_what_the_reader_refuses_is_left_with_its_reason():
    made = draft(
        Renovate(), b'{"packageRules": [{"matchPackageNames": ["a"], "allowedVersions": "/x/"}]}'
    )
    assert meant(made).packages == ()
    ((_, left),) = made.left
    assert left.source == "packageRules[0].allowedVersions"
    assert left.reason


def test_of_two_files_the_first_one_counts():
    renovate = Renovate().convert(Renovate().read(b'{"enabled": false}', "renovate.json"))
    limit = b"updates: [{package-ecosystem: pip, open-pull-requests-limit: 0}]"
    dependabot = Dependabot().convert(Dependabot().read(limit, "dependabot.yml"))
    made = draft_configuration(
        [HERE], [("renovate.json", renovate), ("dependabot.yml", dependabot)]
    )
    assert meant(made).mode == "silent"
    assert [each.reason for _, each in made.left] == ["another key says something else already"]


def test_the_environments_are_said_as_they_were_detected():
    (environment,) = meant(draft_configuration([HERE], [])).environments
    assert (environment.name, environment.python_version, environment.platform) == (
        "default",
        "3.11",
        "manylinux_2_28_x86_64",
    )


def test_json5_is_read_with_comments_and_all_quotes():
    root = read_json5(
        b'{a:\'it\\\'s "b"\', /* x: 1 */ "c":"http://d//e", f:[1,2,], // end\n\tg:true}', "x"
    )
    assert text(entries(root)["a"]) == 'it\'s "b"'
    assert text(entries(root)["c"]) == "http://d//e"
    assert texts(entries(root)["f"]) == ["1", "2"]
    assert text(entries(root)["g"]) == "true"


@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda each: type(each).__name__)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda each: each.encode()))
def test_any_file_is_read_or_refused_and_the_draft_is_always_valid(importer, content):
    try:
        root = importer.read(content, "x")
    except InputError:
        return
    meant(draft_configuration([HERE], [("x", importer.convert(root))]))


TREES = st.recursive(
    st.sampled_from(["x", "true", "false", "0", "[]", "{}", "'a'"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]"),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["enabled", "schedule", "timezone", "ignoreDeps", "automerge", "minimumReleaseAge", "labels",
     "packageRules", "updates", "ignore", "cooldown", "package-ecosystem"]
)  # fmt: skip


@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda each: type(each).__name__)
@given(st.dictionaries(KEYS, TREES))
def test_known_keys_with_values_of_any_kind_never_break_it(importer, keys):
    content = "{" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}"
    root = importer.read(content.encode(), "x")
    meant(draft_configuration([HERE], [("x", importer.convert(root))]))


def test_schedule_and_people_are_taken_over():
    renovate = draft(
        Renovate(),
        b'{schedule: ["before 5am on monday"], timezone: "Europe/Berlin", labels: ["deps"]}',
    )
    assert renovate.left == ()
    found = meant(renovate)
    assert found.schedule.timezone == "Europe/Berlin"
    assert found.pull_requests.labels == ("deps",)
    dependabot = draft(
        Dependabot(),
        b"updates:\n- package-ecosystem: pip\n  schedule: {interval: weekly, day: friday}\n"
        b"  reviewers: [ada]\n",
    )
    assert dependabot.left == ()
    assert meant(dependabot).schedule.windows[0].weekdays == {4}
    assert meant(dependabot).pull_requests.reviewers == ("ada",)


@pytest.mark.parametrize("interval", ["daily", "weekly", "monthly", "cron, cronjob: '0 5 * * 1'"])
def test_every_interval_of_dependabot_is_one_that_thoth_reads(interval):
    made = draft(
        Dependabot(),
        f"updates: [{{package-ecosystem: uv, schedule: {{interval: {interval}}}}}]".encode(),
    )
    assert made.left == ()
    assert meant(made).schedule is not None


def test_groups_and_prefixes_of_dependabot_are_taken_over():
    made = draft(
        Dependabot(),
        b"updates:\n- package-ecosystem: pip\n  commit-message: {prefix: build(deps), include: scope}\n"
        b"  groups:\n    tests: {patterns: ['pytest*', coverage]}\n"
        b"    small: {update-types: [patch, minor]}\n"
        b"    safe: {applies-to: security-updates}\n    dev: {dependency-type: development}\n",
    )
    found = meant(made)
    assert [(each.name, each.packages, each.updates) for each in found.groups] == [
        ("tests", ("pytest*", "coverage"), ("patch", "minor", "major")),
        ("small", ("*",), ("patch", "minor")),
    ]
    assert found.pull_requests.commit_message == "build(deps): {title}"
    assert [each.source for _, each in made.left] == [
        "updates[0].commit-message.include",
        "updates[0].groups.safe",
        "updates[0].groups.dev",
    ]


def test_limits_and_semantic_commits_of_renovate_are_taken_over():
    found = meant(draft(Renovate(), b'{"prConcurrentLimit": 3, "semanticCommits": "disabled"}'))
    assert found.limits.open_pull_requests == 3
    assert found.pull_requests.conventional == "never"
