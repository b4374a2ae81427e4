"""What kills its function again and again comes to an end as well, through the dead letters."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from pipeline.messages import ProcessImage
from tests.model import meanwhile, promises, users
from tests.model.cloud import Message
from tests.model.faults import Fault, Kind
from tests.model.world import RECEIVES, World

CSV = b"name,images\r\nCup,https://a.example/1\r\nJug,https://a.example/2\r\n"
LATER = timedelta(minutes=20)
"""More than any message is hidden for, but those of ingest and the finisher."""


def position(wanted: int) -> Callable[[list[Message]], Sequence[Message]]:
    """Chooses the messages of that image."""

    def choose(waiting: list[Message]) -> Sequence[Message]:
        return [
            each
            for each in waiting
            if ProcessImage.model_validate_json(each.body).position == wanted
        ]

    return choose


def test_an_image_that_kills_its_function_fails_and_its_job_completes(
    new_world: Callable[[], World],
) -> None:
    world = new_world()
    users.submit(world, CSV, webhook=True, presigned=False)
    world.work("uploads", lambda waiting: waiting)
    world.work("images", position(1))
    for _ in range(RECEIVES["images"]):
        meanwhile.arm(world, Fault(Kind.KILL, after=0))
        world.work("images", position(0))
        world.clock.advance(LATER)
    meanwhile.arm(world, None)
    assert world.sqs.waiting("images") == []
    assert len(world.sqs.waiting("images-dead")) == 1
    world.work("images-dead", lambda waiting: waiting)
    promises.settle(world)
    promises.hold_in_the_end(world)
    images = world.rows("SELECT status, error_code FROM images ORDER BY position")
    assert [(each["status"], each["error_code"]) for each in images] == [
        ("failed", "internal_error"),
        ("succeeded", None),
    ]
    assert world.row("SELECT status FROM jobs")["status"] == "completed"


def test_a_webhook_that_kills_its_function_counts_as_a_try_and_is_tried_on(
    new_world: Callable[[], World],
) -> None:
    world = new_world()
    users.submit(world, CSV, webhook=True, presigned=False)
    world.work("uploads", lambda waiting: waiting)
    for _ in range(2):
        meanwhile.arm(world, Fault(Kind.KILL, after=0))
        world.work("deliveries", lambda waiting: waiting)
        world.clock.advance(timedelta(minutes=4))
        meanwhile.arm(world, None)
    world.work("deliveries", lambda waiting: waiting)
    world.work("outcomes", lambda waiting: waiting)
    delivery = world.row("SELECT * FROM deliveries WHERE event = 'job.processing'")
    assert (delivery["status"], delivery["attempts"]) == ("pending", 1)
    [attempt] = world.rows("SELECT error FROM delivery_attempts")
    assert attempt["error"] == "internal_error"
    promises.settle(world)
    assert {each["status"] for each in world.rows("SELECT status FROM deliveries")} == {"delivered"}
