"""What is handed to the workflows when, without a workflow engine; on both databases."""

from __future__ import annotations

import pytest

from bot.jobs.feeding import SECONDS_BETWEEN_JOBS, Feeder
from bot.jobs.routing import Work
from bot.store.paces import TakenTurn
from bot.store.service import ServiceStore


class MemoryWorkflows:
    """Remembers what was started."""

    def __init__(self):
        self.known = {}
        self.started = []

    def start(self, pending, *, delay_seconds):
        self.started.append((pending.key, pending.generation, delay_seconds))
        self.known.setdefault((pending.key, pending.generation), "going")

    def states(self, pending):
        wanted = {(each.key, each.generation) for each in pending}
        return {name: state for name, state in self.known.items() if name in wanted}

    def count_waiting(self, most):
        return min(most, sum(state == "going" for state in self.known.values()))


class World:
    def __init__(self, url):
        self.now = 1_000.0
        self.store = ServiceStore.open(url, lambda: self.now)
        self.workflows = MemoryWorkflows()
        self.feeder = Feeder(self.store.jobs, self.store.paces, self.workflows, lambda: self.now)

    def want(self, number, *, urgency=0, delay=0.0, installation=None):
        """Of an installation of its own unless one is named."""
        owner = 1000 + number if installation is None else installation
        work = Work("update", owner, number, "octo/hello", urgency=urgency)
        return self.store.jobs.want(work, delay_seconds=delay)[0]

    def handed(self):
        found = [key.partition(":")[2] for key, _, _ in self.workflows.started]
        self.workflows.started.clear()
        return [int(number) for number in found]


@pytest.fixture
def world(database_url):
    made = World(database_url)
    yield made
    made.store.close()


def test_a_vulnerability_goes_ahead_of_what_waits_longer(world):
    for number in range(10):
        world.now += 1
        world.want(number, urgency=3)
    assert world.feeder.feed(4) == 4
    assert world.handed() == [0, 1, 2, 3]
    world.want(20, urgency=2)
    world.want(21, urgency=1)
    world.want(5, urgency=1)
    assert world.feeder.feed(4) == 0
    world.workflows.known = dict.fromkeys(world.workflows.known, "over")
    for number in range(4):
        begun = world.store.jobs.begin(f"update:{number}", 1)
        world.store.jobs.finish(begun)
    assert world.feeder.feed(4) == 4
    # The one that waited before for something else waits longer of the two.
    assert world.handed() == [5, 21, 20, 4]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_of_one_installation_a_job_begins_now_and_then_however_many_are_late(world):
    for number in range(40):
        world.want(number, urgency=3, installation=7)
    for number in range(40, 43):
        world.want(number, urgency=3)
    assert world.feeder.feed(4) == 4
    assert world.handed() == [0, 40, 41, 42]
    world.workflows.known = dict.fromkeys(world.workflows.known, "over")
    for number in (0, 40, 41, 42):
        world.store.jobs.finish(world.store.jobs.begin(f"update:{number}", 1))
    world.now += SECONDS_BETWEEN_JOBS - 1
    assert world.feeder.feed(4) == 0
    world.now += 2
    world.want(50, urgency=1, installation=7)
    world.want(51, urgency=1, installation=7)
    assert world.feeder.feed(8) == 3, "what is vulnerable is not held back"
    assert world.handed() == [50, 51, 1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_job_begins_while_the_hour_has_no_room_for_all_of_it(world):
    def write():
        turn = world.store.paces.take(7, "w", between_seconds=1, most_an_hour=10, writes_each=5)
        if isinstance(turn, TakenTurn):
            world.store.paces.give_back(turn)
        world.now += 1
        return turn

    started = world.now
    for _ in range(10):
        write()
    refused = write()
    assert refused.seconds == pytest.approx(started + 3601 - (world.now - 1))
    assert refused.room_seconds == pytest.approx(refused.seconds + 4)
    world.want(1, urgency=3, installation=7)
    world.now = started + 3603
    assert world.feeder.feed(4) == 0
    world.now = started + 3606
    assert world.feeder.feed(4) == 1


def test_what_is_left_after_the_security_update_is_no_more_urgent_than_the_rest(world):
    key = world.want(1, urgency=1)
    begun = world.store.jobs.begin(key, 1)
    world.store.jobs.fail(begun, "full", retry_seconds=0, counts=False, least_urgency=2)
    assert world.store.jobs.get_pending(key).urgency == 2
    world.want(1, urgency=1)
    assert world.store.jobs.get_pending(key).urgency == 1


def test_what_is_not_due_waits(world):
    world.want(1, urgency=3, delay=36)
    assert world.feeder.feed(10) == 0
    world.now += 37
    assert world.feeder.feed(10) == 1
    assert world.feeder.feed(10) == 0


def test_what_somebody_waits_for_needs_no_room(world):
    background = world.want(1, urgency=3)
    world.feeder.enqueue(background)
    assert world.handed() == []
    world.want(1)
    world.feeder.enqueue(background)
    assert world.handed() == [1]


def test_a_sweep_leaves_alone_what_nobody_waits_for(world):
    world.want(1, urgency=3)
    world.want(2)
    world.now += 30
    assert world.feeder.sweep(late_seconds=20) == 1
    assert world.handed() == [2]


@pytest.mark.parametrize("urgency", [0, 1])
def test_a_workflow_that_ended_without_finishing_the_job_is_replaced(world, urgency):
    key = world.want(1, urgency=urgency)
    world.workflows.known[key, 1] = "over"
    world.now += 30
    hand_over = world.feeder.feed if urgency else lambda _room: world.feeder.sweep(late_seconds=20)
    assert hand_over(5) == 1
    assert [each[:2] for each in world.workflows.started] == [(key, 2)]


def test_urgency_is_of_what_waits_not_of_what_was_done(world):
    key = world.want(1)
    assert world.store.jobs.get_pending(key).urgency == 0
    world.want(1, urgency=3)
    assert world.store.jobs.get_pending(key).urgency == 0
    world.store.jobs.finish(world.store.jobs.begin(key, 1))
    world.want(1, urgency=3)
    assert world.store.jobs.get_pending(key).urgency == 3
    world.want(1, urgency=1)
    assert world.store.jobs.get_pending(key).urgency == 1


def test_waiting_for_a_limit_is_no_failed_attempt(world):
    key = world.want(1, urgency=3)
    for generation in range(1, 15):
        begun = world.store.jobs.begin(key, generation)
        assert begun.attempts == 0
        world.store.jobs.fail(begun, "the hour is used up", retry_seconds=60, counts=False)
        world.now += 61
    begun = world.store.jobs.begin(key, 15)
    world.store.jobs.fail(begun, "no answer", retry_seconds=60)
    assert world.store.jobs.begin(key, 16).attempts == 1
