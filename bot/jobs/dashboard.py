"""Keeps the dashboard issue of a repository true, and does what its boxes ask for."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from bot.conversation.actions import Close, Nothing, OpenPullRequest, UpdateBranch
from bot.jobs.loosen import close_loosened
from bot.jobs.onboarding import propose_configuration
from bot.jobs.packages import renew_packages
from bot.jobs.sync import sync_requirements
from bot.jobs.update import proposed_branches, update_repository
from bot.managers.dashboard import (
    DASHBOARD_TITLE,
    DashboardFacts,
    checked_boxes,
    render_dashboard,
)
from bot.managers.limits import Allowance
from bot.managers.update import UpdateEvent, count_open

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.conversation.actions import Action
    from bot.forge import Forge
    from bot.jobs.update import Propose, UpdateReport

__all__ = ["obey_dashboard", "refresh_dashboard", "update_and_tell"]


async def update_and_tell(
    forge: Forge,
    *,
    event: UpdateEvent,
    propose: Propose,
    clock: Callable[[], float] = time.time,
) -> UpdateReport:
    """Bring a repository up to date, and its dashboard after it. Raises as `update_repository`."""
    report = await update_repository(forge, event=event, propose=propose, clock=clock)
    allowance = await _what_is_left(forge, report) if event.kind == "push" else None
    renewed = await renew_packages(
        forge,
        report.base,
        report.facts.pull_requests,
        propose=propose,
        allowance=allowance,
        recreate=event.kind == "recreate",
        rebase=event.kind == "rebase",
    )
    closed = await close_loosened(forge, report.base, report.facts.outcomes)
    synced: tuple[Action, ...] = ()
    if report.configuration is not None:
        synced = await sync_requirements(
            forge,
            report.base,
            report.configuration,
            allowance=allowance,
            waits=report.facts.waits if event.kind == "push" else "",
        )
    report = replace(report, actions=(*report.actions, *renewed, *closed, *synced))
    await refresh_dashboard(forge, report, clock=clock)
    return report


async def _what_is_left(forge: Forge, report: UpdateReport) -> Allowance:
    """Return what the limits leave to the rest of a run, after what it has done."""
    opened = sum(isinstance(each, OpenPullRequest) for each in report.actions)
    facts = report.facts
    return Allowance(facts.limits, await forge.deeds(), open=count_open(facts) + opened)


async def refresh_dashboard(
    forge: Forge, report: UpdateReport, *, clock: Callable[[], float] = time.time
) -> None:
    """Have the dashboard say what a run found and did."""
    facts = report.facts
    pull_requests = facts.pull_requests
    if any(isinstance(each, OpenPullRequest | UpdateBranch | Close) for each in report.actions):
        names = proposed_branches(facts.outcomes, facts.fixes)
        pull_requests = await forge.pull_requests(list(names))
    edited = {
        branch: found.state.foreign
        for branch, found in facts.branches.items()
        if found.state.foreign is not None and not found.state.contained
    }
    body = render_dashboard(
        DashboardFacts(
            mode=facts.mode,
            outcomes=facts.outcomes,
            fixes=facts.fixes,
            pull_requests=pull_requests,
            edited=edited,
            faults=facts.faults,
            notes=facts.notes,
            rules=report.rules,
            held={
                each.branch: each.reason
                for each in report.actions
                if isinstance(each, Nothing) and each.held and each.branch is not None
            },
            abandoned=report.abandoned,
            has_configuration=report.has_configuration,
            today=time.strftime("%Y-%m-%d", time.gmtime(clock())),
        )
    )
    await forge.put_dashboard(DASHBOARD_TITLE, body)


async def obey_dashboard(
    forge: Forge, body: str, *, propose: Propose, clock: Callable[[], float] = time.time
) -> bool:
    """Do what the checked boxes of a dashboard ask for; return whether any was checked."""
    boxes = checked_boxes(body)
    if not boxes:
        return False
    if "config" in boxes:
        await propose_configuration(forge, propose=propose)
    kinds: tuple[Literal["recreate", "rebase"], ...] = ("recreate", "rebase")
    event = UpdateEvent(next((kind for kind in kinds if kind in boxes), "manual"))
    await update_and_tell(forge, event=event, propose=propose, clock=clock)
    return True
