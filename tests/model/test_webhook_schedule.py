"""The schedule of webhook retries as the documentation states it, over its 75 hours."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from outbound.answers import Reply
from tests.model import users
from tests.model.receiver import ANSWERS
from tests.model.world import World

DOCS = Path(__file__).parents[2] / "docs" / "reliability.md"
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
DURATION = re.compile(r"(?:(\d+) h)? ?(?:(\d+) min)? ?(?:(\d+) s)?")
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
BY_QUEUE = MINUTE
"""What is due within this time is queued with a delay; the rest waits for the janitor's minute."""

CSV = b"name,images\r\nCup,https://a.example/1\r\n"


def duration(words: str) -> timedelta:
    """``5 min 5 s`` as what it means."""
    if words == "at once":
        return timedelta(0)
    found = DURATION.fullmatch(words)
    assert found, words
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def documented() -> list[tuple[timedelta, timedelta]]:
    """Of each try: its pause, and when it is made after the first."""
    [_, section] = DOCS.read_text("utf-8").split("\n## Webhook retries\n")
    rows = ROW.findall(section.split("\n## ")[0])
    assert [int(number) for number, _, _ in rows] == list(range(1, 11))
    return [(duration(pause), duration(since)) for _, pause, since in rows]


def run(world: World, *, until: datetime) -> None:
    """Lets time pass: queues are worked through as they fill, the janitor comes every minute.

    Minutes in which nothing is due are passed over.
    """
    while True:
        for name in ("uploads", "images", "outcomes", "finished", "deliveries", "outcomes"):
            world.work(name, lambda waiting: waiting[:10])
        now = world.clock.now
        messages = [each for queue in world.sqs.queues.values() for each in queue.messages]
        due = world.rows(
            "SELECT greatest(next_attempt_at, queued_until) AS at FROM deliveries"
            " WHERE status = 'pending'"
        )
        rounds = [_next_minute(max(each["at"], now)) for each in due]
        moments = [each.visible_at for each in messages] + rounds
        moment = min((each for each in moments if each > now), default=until)
        world.clock.set(min(moment, until))
        if moment >= until:
            return
        if moment in rounds:
            world.janitor()


def _next_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0) + MINUTE


@pytest.fixture
def world(new_world: Callable[[], World]) -> World:
    """Where a job has just been completed, and its receiver is not told yet."""
    world = new_world()
    world.clock.advance(timedelta(seconds=17))
    users.submit(world, CSV, webhook=True, presigned=False)
    for name in ("uploads", "images", "outcomes", "finished"):
        world.work(name, lambda waiting: waiting)
    return world


def tries(world: World, event: str = "job.completed") -> list[datetime]:
    [delivery] = world.rows("SELECT delivery_id FROM deliveries WHERE event = %s", event)
    return [each.at for each in world.receiver.posts if each.delivery_id == delivery["delivery_id"]]


def test_the_documented_times_add_up() -> None:
    pauses, since = zip(*documented(), strict=True)
    assert [sum(pauses[: n + 1], timedelta(0)) for n in range(10)] == list(since)


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_ten_tries_are_made_when_the_documentation_says(
    world: World, monkeypatch: pytest.MonkeyPatch, jitter: float
) -> None:
    monkeypatch.setattr("webhooks.schedule.random.random", lambda: jitter)
    world.receiver.answer = ANSWERS["broken"]
    began = world.clock.now
    run(world, until=began + timedelta(days=30))
    made = tries(world)
    assert made[0] == began
    assert len(made) == 10
    for (earlier, later), (pause, _) in zip(pairwise(made), documented()[1:], strict=True):
        stretched = pause * (1 + 0.1 * jitter)
        late = later - earlier - stretched
        if pause < BY_QUEUE:
            assert abs(late) <= SECOND / 2  # queues delay by whole seconds
        else:
            assert timedelta(0) <= late <= MINUTE
    [delivery] = world.rows("SELECT * FROM deliveries WHERE event = 'job.completed'")
    assert (delivery["status"], delivery["attempts"]) == ("failed", 10)
    log = world.rows(
        "SELECT at FROM delivery_attempts WHERE delivery_id = %s ORDER BY attempt",
        delivery["delivery_id"],
    )
    assert [each["at"] for each in log] == made


def test_a_receiver_that_is_away_for_two_days_misses_nothing(world: World) -> None:
    world.receiver.answer = ANSWERS["away"]
    run(world, until=world.clock.now + timedelta(days=2))
    world.receiver.answer = ANSWERS["ok"]
    run(world, until=world.clock.now + timedelta(days=2))
    for event in ("job.processing", "job.completed"):
        assert len(tries(world, event)) == 9
    assert {each["status"] for each in world.rows("SELECT status FROM deliveries")} == {"delivered"}


@pytest.mark.parametrize(("asked", "waited"), [(7_200, 2), (10**9, 24)])
def test_what_the_receiver_asks_for_is_waited_for(world: World, asked: int, waited: int) -> None:
    world.receiver.answer = Reply(5, status_code=503, retry_after=asked)
    began = world.clock.now
    run(world, until=began + timedelta(hours=waited) - SECOND)
    assert tries(world) == [began]
    run(world, until=began + timedelta(hours=waited, minutes=2))
    assert len(tries(world)) == 2


def test_a_receiver_that_is_gone_is_asked_once(world: World) -> None:
    world.receiver.answer = ANSWERS["gone"]
    run(world, until=world.clock.now + timedelta(days=30))
    assert len(tries(world)) == 1


def test_a_try_whose_message_is_lost_is_made_ten_minutes_later(world: World) -> None:
    began = world.clock.now
    world.sqs.queues["deliveries"].messages.clear()
    run(world, until=began + timedelta(hours=1))
    [made] = tries(world)
    assert timedelta(minutes=10) <= made - began <= timedelta(minutes=11)


def test_one_sent_again_after_its_last_try_is_tried_ten_times_more(world: World) -> None:
    world.receiver.answer = ANSWERS["broken"]
    run(world, until=world.clock.now + timedelta(days=30))
    [delivery] = world.rows("SELECT * FROM deliveries WHERE event = 'job.completed'")
    again = world.clock.now
    users.redeliver(world, delivery["delivery_id"])
    run(world, until=again + timedelta(days=30))
    made = tries(world)
    assert len(made) == 20
    assert made[10] == again
    assert timedelta(0) <= made[11] - again - 5 * SECOND <= SECOND
