"""What goes wrong next, and what somebody else may do in the middle of something."""

from tests.model import users
from tests.model.faults import Fault
from tests.model.world import World

ACTS = ("janitor", "cancel", "retry", "redeliver", "rotate")
WORKS = (
    "uploads", "images", "outcomes", "finished", "deliveries", "images-dead", "deliveries-dead",
)  # fmt: skip
"""Queues whose consumer is quick."""


def arm(world: World, fault: Fault | None) -> None:
    """Lets the next piece of work go wrong."""
    world.faults.arm(fault, lambda what: _act(world, what))


def _act(world: World, what: str) -> None:
    with world.another_environment():
        match what:
            case "janitor":
                world.janitor()
            case "cancel":
                for job_id in world.job_ids():
                    users.cancel(world, job_id)
            case "retry":
                for job_id in world.job_ids():
                    users.retry(world, job_id)
            case "redeliver":
                for each in world.rows("SELECT delivery_id FROM deliveries"):
                    users.redeliver(world, each["delivery_id"])
            case "rotate":
                users.rotate(world)
            case _:
                world.work(what, lambda waiting: waiting[:3])
