"""Receivers that leave every request unanswered, over days: what their tenant's other webhooks,
and those of a user who asks again, come to."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from database import receivers
from outbound.client import POST_SECONDS
from tests.model import users
from tests.model.receiver import ANSWERS
from tests.model.test_webhook_schedule import CSV, run
from tests.model.world import World
from webhooks import schedule

JOBS = 8
DELIVERIES = 2 * JOBS
"""``job.processing`` and ``job.completed`` of each."""
MINUTE = timedelta(minutes=1)
ROUND = MINUTE
"""The janitor's: what is due waits for it."""


@pytest.fixture
def world(new_world: Callable[[], World]) -> World:
    """Where one job's webhooks have met a receiver that is silent, and more jobs come."""
    world = new_world()
    world.receiver.answer = ANSWERS["away"]
    users.submit(world, CSV, webhook=True, presigned=False)
    run(world, until=world.clock.now + MINUTE)
    for _ in range(JOBS - 1):
        users.submit(world, CSV, webhook=True, presigned=False)
    return world


def statuses(world: World) -> list[str]:
    return [each["status"] for each in world.rows("SELECT status FROM deliveries")]


def test_it_gets_one_request_after_another(world: World) -> None:
    began = world.clock.now
    run(world, until=began + timedelta(hours=6))
    made = [each.at for each in world.receiver.posts if each.at > began]
    longest = receivers.LONGEST_BETWEEN_PROBES
    assert all(later > earlier for earlier, later in pairwise(made))
    assert len(made) <= timedelta(hours=6) / longest + 10  # the first ones are nearer together
    for earlier, later in pairwise(made):
        assert later - earlier <= longest + ROUND + receivers.LONGEST_POSTPONEMENT


def test_once_it_answers_nothing_is_missing_and_no_try_was_lost(world: World) -> None:
    run(world, until=world.clock.now + timedelta(hours=1))
    world.receiver.answer = ANSWERS["ok"]
    tried = world.rows("SELECT delivery_id FROM deliveries WHERE attempts > 3")
    heard = world.clock.now
    # As long as it was silent, twice at most; and each only once.
    run(world, until=heard + 2 * receivers.LONGEST_POSTPONEMENT + 10 * ROUND)
    late = world.rows("SELECT delivery_id FROM deliveries WHERE status <> 'delivered'")
    assert {each["delivery_id"] for each in late} <= {each["delivery_id"] for each in tried}
    run(world, until=heard + timedelta(hours=6))
    assert statuses(world) == ["delivered"] * DELIVERIES
    answered = [each for each in world.receiver.posts if each.reply.status_code]
    assert len(answered) == DELIVERIES
    for each in world.rows("SELECT * FROM deliveries"):
        posts = [one for one in world.receiver.posts if one.delivery_id == each["delivery_id"]]
        assert each["attempts"] == len(posts)


def test_if_it_never_answers_each_delivery_has_ten_tries_and_a_day_more_for_them(
    world: World,
) -> None:
    began = world.clock.now
    ten_tries = sum(schedule.PAUSES, timedelta(0)) * (1 + schedule.JITTER)
    run(world, until=began + timedelta(hours=75))
    assert "pending" in statuses(world)
    run(world, until=began + ten_tries + timedelta(days=1))
    ends = world.rows("SELECT status, attempts FROM deliveries")
    assert [(each["status"], each["attempts"]) for each in ends] == [("failed", 10)] * DELIVERIES


@pytest.mark.parametrize("tried", [False, True], ids=["never tried", "tried before"])
def test_one_that_a_user_sends_again_is_tried_at_once(world: World, *, tried: bool) -> None:
    run(world, until=world.clock.now + timedelta(hours=1))
    [delivery] = world.rows(
        "SELECT * FROM deliveries WHERE (attempts > 0) = %s ORDER BY delivery_id LIMIT 1", tried
    )
    pressed = world.clock.now
    users.redeliver(world, delivery["delivery_id"])
    run(world, until=pressed + timedelta(seconds=1))
    made = [each for each in world.receiver.posts if each.at >= pressed]
    assert delivery["delivery_id"] in {each.delivery_id for each in made}
    assert len(made) <= 2  # this one, and a probe


def test_a_silent_request_is_one_that_runs_out_of_time() -> None:
    assert ANSWERS["away"].milliseconds == POST_SECONDS * 1000
