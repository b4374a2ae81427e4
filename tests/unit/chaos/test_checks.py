"""A campaign's checks find every broken promise, and nothing where all were kept."""

import hashlib
import json
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chaos import checks, plan, tables
from chaos.campaign import Campaign, Reference
from chaos.hooks import HookAnswer
from chaos.plan import JobPlan
from chaos.receiver import Arrived
from chaos.tally import Tally

ORIGIN = "http://origin"
PICTURES = 4
PLAN = plan.draw(3, 300, PICTURES)
IDS = {job.number: str(uuid.UUID(int=job.number + 1)) for job in PLAN.jobs}


class World:
    """What a campaign sees in the end if every promise was kept."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}
        self.assets: dict[str, bytes] = {}
        self.dead: list[tuple[str, str]] = []
        self.arrived: list[Arrived] = []
        self.jobs: dict[str, Any] = {}
        self.images: dict[str, list[Any]] = {}
        self.deliveries: dict[str, list[Any]] = {}
        self.results: dict[str, bytes] = {}
        self.counted: list[dict[str, Any]] = [_counts("reference", 4, 4)]
        self.campaign = Campaign(
            plan=PLAN,
            stack=cast("Any", SimpleNamespace(aws_endpoint_url="", buckets={"images": "b"})),
            client=cast(
                "Any",
                SimpleNamespace(
                    job=self.jobs.__getitem__,
                    images=self.images.__getitem__,
                    deliveries=self.deliveries.__getitem__,
                    result=self.results.__getitem__,
                    fetch=self.stored.__getitem__,
                ),
            ),
            database=cast("Any", SimpleNamespace(rows=self.rows)),
            deployment=cast("Any", SimpleNamespace(dead_letters=lambda: self.dead)),
            origin=cast("Any", SimpleNamespace(url=ORIGIN, times=lambda _: 1)),
            receiver=cast("Any", SimpleNamespace(arrived=self.arrived)),
            cloudinary=cast(
                "Any",
                SimpleNamespace(prefix="http://cloudinary", cloud_name="shop", assets=self.assets),
            ),
            tally=Tally(),
            references=[Reference("jpg", _sha256(_picture(n))) for n in range(PICTURES)],
            job_ids=IDS,
        )
        for job in PLAN.jobs:
            self._add(job, IDS[job.number])

    def breaches(self) -> list[str]:
        return list(checks.breaches(self.campaign))

    def rows(self, query: str, *_: object) -> list[dict[str, Any]]:
        if "LATERAL" in query:
            return self.counted
        return [{"job_id": uuid.UUID(job_id)} for job_id in IDS.values()]

    def _add(self, job: JobPlan, job_id: str) -> None:
        outputs = self.campaign.outputs(job)
        images = []
        for image in job.images:
            error = {"code": image.code} if image.code else None
            answer: dict[str, Any] = {"source_url": image.url(ORIGIN), "error": error}
            answer["status"] = "failed" if image.code else "succeeded"
            if image in outputs:
                content = _picture(image.picture)
                self.stored[outputs[image]] = content
                if job.store == "cloudinary":
                    self.assets[outputs[image]] = content
                answer |= {"output_url": outputs[image], "output": {"sha256": _sha256(content)}}
            images.append(answer)
        rejected = sum(not row.name for row in job.rows)
        self.jobs[job_id] = {
            "status": "completed",
            "rows": {"total": len(job.rows), "rejected": rejected},
            "images": {
                "total": len(images),
                "pending": 0,
                "succeeded": len(outputs),
                "failed": len(images) - len(outputs),
            },
        }
        self.counted.append(_counts(job_id, len(images), len(outputs)))
        self.results[job_id] = tables.expected(job, ORIGIN, outputs)
        self.images[job_id] = images
        self.deliveries[job_id] = [_delivery(job)] if job.hook else []
        if job.hook:
            last = job.hook.answers[-1]
            self.arrived.append(Arrived(job.hook.path, f"d{job_id}", job_id, "job.completed", last))


def _counts(job_id: str, total: int, succeeded: int) -> dict[str, Any]:
    failed = total - succeeded
    return {
        "job_id": job_id,
        "status": "completed",
        "images_total": total,
        "total": total,
        "images_succeeded": succeeded,
        "succeeded": succeeded,
        "images_failed": failed,
        "failed": failed,
        "input_bytes": 10 * succeeded,
        "bytes_in": 10 * succeeded,
        "output_bytes": 5 * succeeded,
        "bytes_out": 5 * succeeded,
    }


def _delivery(job: JobPlan) -> dict[str, Any]:
    assert job.hook is not None
    status, code = {"gone": ("failed", 410), "down": ("pending", None)}.get(
        job.hook.kind, ("delivered", 204)
    )
    return {
        "event": "job.completed",
        "status": status,
        "next_attempt_at": "later" if status == "pending" else None,
        "attempts": [{"status_code": code}],
    }


def _picture(number: int) -> bytes:
    return f"picture {number}".encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_nothing_is_found_where_every_promise_was_kept() -> None:
    assert World().breaches() == []


def some(kind: Callable[[JobPlan], object]) -> str:
    """The id of a job of that kind."""
    return IDS[next(job.number for job in PLAN.jobs if kind(job))]


def any_job(job: JobPlan) -> object:
    return job.images


def hooked(kind: str) -> str:
    return some(lambda job: job.hook and job.hook.kind == kind)


def forget_an_image(world: World) -> None:
    world.images[some(any_job)].pop()


def fail_an_image(world: World) -> None:
    image = next(i for i in world.images[some(any_job)] if i["status"] == "succeeded")
    image |= {"status": "failed", "error": {"code": "internal_error"}}


def fail_under_another_code(world: World) -> None:
    job_id = some(lambda job: any(image.code == "not_found" for image in job.images))
    image = next(i for i in world.images[job_id] if i["error"] == {"code": "not_found"})
    image["error"] = {"code": "timeout"}


def spoil_an_object(world: World) -> None:
    world.stored[next(iter(world.stored))] = b"half"


def spoil_an_object_and_its_receipt(world: World) -> None:
    image = next(i for i in world.images[some(any_job)] if i["status"] == "succeeded")
    world.stored[image["output_url"]] = b"other"
    image["output"] = {"sha256": _sha256(b"other")}


def add_instead_of_overwriting(world: World) -> None:
    job_id = some(lambda job: job.store == "cloudinary" and job.images)
    world.assets[f"darkroom/t/{job_id}/0-again"] = b""


def keep_an_image_elsewhere(world: World) -> None:
    image = next(i for i in world.images[some(any_job)] if i["status"] == "succeeded")
    world.stored["http://elsewhere/"] = world.stored[image["output_url"]]
    image["output_url"] = "http://elsewhere/"


def leave_a_job_open(world: World) -> None:
    world.jobs[some(any_job)]["status"] = "processing"


def count_twice(world: World) -> None:
    world.counted[1]["images_succeeded"] += 1


def count_bytes_twice(world: World) -> None:
    world.counted[1]["output_bytes"] += 5


def double_a_job(world: World) -> None:
    world.counted.append(_counts("another", 1, 1))


def lose_a_row_of_a_result(world: World) -> None:
    job_id = some(any_job)
    world.results[job_id] = b"".join(world.results[job_id].splitlines(keepends=True)[:-1])


def complete_twice(world: World) -> None:
    world.deliveries[hooked("well")] *= 2


def complete_under_two_ids(world: World) -> None:
    job_id = hooked("well")
    world.arrived.append(Arrived("/", "other", job_id, "job.completed", HookAnswer.TAKEN))


def never_deliver(world: World) -> None:
    world.deliveries[hooked("failing")][0] |= {"status": "pending", "next_attempt_at": "later"}


def give_up_early(world: World) -> None:
    world.deliveries[hooked("down")][0] |= {"status": "failed"}


def forget_to_schedule(world: World) -> None:
    world.deliveries[hooked("down")][0] |= {"next_attempt_at": None}


def deliver_into_the_void(world: World) -> None:
    job_id = hooked("well")
    world.arrived[:] = [each for each in world.arrived if each.job_id != job_id]


def follow_a_redirect(world: World) -> None:
    world.arrived.append(Arrived("/elsewhere", "d", "", "job.progress", HookAnswer.GONE))


def sign_badly(world: World) -> None:
    world.arrived.append(Arrived("/hook/0", "d", "", "", HookAnswer.TAKEN))


def leave_a_dead_letter(world: World) -> None:
    world.dead.append(("outcomes", f'{{"job_id": "{uuid.uuid4()}"}}'))


def leave_a_malformed_dead_letter(world: World) -> None:
    world.dead.append(("finished", "{}"))


def not_add_up_on_the_way(world: World) -> None:
    world.campaign.findings.append("job 1 does not add up")


@pytest.mark.parametrize(
    "harm",
    [
        forget_an_image,
        fail_an_image,
        fail_under_another_code,
        add_instead_of_overwriting,
        keep_an_image_elsewhere,
        spoil_an_object,
        spoil_an_object_and_its_receipt,
        leave_a_job_open,
        count_twice,
        count_bytes_twice,
        double_a_job,
        lose_a_row_of_a_result,
        complete_twice,
        complete_under_two_ids,
        never_deliver,
        give_up_early,
        forget_to_schedule,
        deliver_into_the_void,
        follow_a_redirect,
        sign_badly,
        leave_a_dead_letter,
        leave_a_malformed_dead_letter,
        not_add_up_on_the_way,
    ],
)
def test_a_broken_promise_is_found(harm: Callable[[World], None]) -> None:
    world = World()
    harm(world)
    assert len(world.breaches()) >= 1


def test_late_news_of_a_job_that_ended_is_no_breach() -> None:
    world = World()
    world.dead += [("finished", f'{{"job_id": "{some(any_job)}"}}')]
    notice = {"requestId": str(uuid.uuid4()), "key": f"uploads/{some(any_job)}.csv"}
    world.dead += [("uploads", json.dumps({"Records": [notice]}))]
    assert world.breaches() == []
    assert world.campaign.tally.of("dead letters") == 2
