from typing import Any

import pytest

from darkroom.client import Client
from darkroom.errors import ExitCode, ServiceError, Unreachable
from darkroom.watching import Pace, exit_code, follow
from tests.origin import Origin, Visit
from tests.unit.darkroom.service import JOB, Sleeps, answers, in_turn, job, problem

PATH = f"/v1/jobs/{JOB}"


def counts(done: int, total: int = 100, failed: int = 0) -> dict[str, Any]:
    images = {
        "total": total, "pending": total - done, "succeeded": done - failed, "failed": failed
    }  # fmt: skip
    return job("processing", images=images, progress=done / total)


def test_a_job_is_asked_for_as_often_as_the_api_says(
    client: Client, origin: Origin, sleeps: Sleeps
) -> None:
    asked_for = []

    def unchanged(visit: Visit) -> None:
        asked_for.append(visit.headers["if-none-match"])
        visit.answer(304, headers={"Retry-After": "5"})

    first = answers(counts(10), ETag='"1"', Retry_After="3")
    origin.on(PATH, in_turn(first, unchanged, answers(job())))
    seen = [glance.job for glance in follow(client, JOB, clock=sleeps.clock, sleep=sleeps)]
    assert seen == [counts(10), counts(10), job()]
    assert sleeps.asked == [3, 5]
    assert asked_for == ['"1"']


def test_an_outage_is_told_and_outlived(client: Client, origin: Origin, sleeps: Sleeps) -> None:
    hang_up = lambda visit: visit.raw(b"")  # noqa: E731 (one of several in a row)
    away = answers({"detail": "Away."}, 503, Retry_After="9")
    origin.on(PATH, in_turn(answers(counts(10)), hang_up, away, answers(job())))
    seen = list(follow(client, JOB, clock=sleeps.clock, sleep=sleeps))
    assert [bool(glance.trouble) for glance in seen] == [False, True, True, False]
    assert seen[1].job == counts(10)
    assert sleeps.asked == [2, 0.5, 9]


def test_an_outage_of_ten_minutes_ends_the_watch(
    client: Client, origin: Origin, sleeps: Sleeps
) -> None:
    origin.on(PATH, in_turn(answers(counts(10)), lambda visit: visit.raw(b"")))
    with pytest.raises(Unreachable):
        list(follow(client, JOB, clock=sleeps.clock, sleep=sleeps))
    assert 600 < sleeps.now < 700


def test_an_outage_at_the_beginning_is_not_waited_out(
    client: Client, origin: Origin, sleeps: Sleeps
) -> None:
    origin.on(PATH, lambda visit: visit.raw(b""))
    with pytest.raises(Unreachable):
        list(follow(client, JOB, clock=sleeps.clock, sleep=sleeps))
    assert len(origin.seen) == 4


def test_a_job_that_is_none_is_not_waited_for(
    client: Client, origin: Origin, sleeps: Sleeps
) -> None:
    origin.on(PATH, problem(404, "job_not_found", "No job has this id."))
    with pytest.raises(ServiceError):
        list(follow(client, JOB, clock=sleeps.clock, sleep=sleeps))
    assert sleeps.asked == []


@pytest.mark.parametrize(
    ("looks", "left"),
    [
        pytest.param([(0, 0)], None, id="one look"),
        pytest.param([(0, 0), (2, 4)], None, id="too few to tell"),
        pytest.param([(0, 0), (10, 20)], 40, id="two looks"),
        pytest.param([(0, 50), (10, 60)], 40, id="from the middle"),
        pytest.param([(0, 0), (10, 20), (60, 20), (71, 25)], 14 * 61, id="long past is forgotten"),
        pytest.param([(0, 0), (10, 20), (75, 20)], None, id="nothing for a minute"),
    ],
)
def test_the_rest_takes_as_long_as_the_last_minute_says(
    looks: list[tuple[float, int]], left: float | None
) -> None:
    pace = Pace()
    found = [pace.seconds_left(counts(done), at) for at, done in looks]
    assert found[-1] == (left if left is None else pytest.approx(left, rel=0.1))


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        (job(), 0),
        (job(images={"total": 1, "pending": 0, "succeeded": 0, "failed": 1}), 3),
        (job(rows={"total": 2, "rejected": 1}), 3),
        (job("rejected"), 4),
        (job("cancelled"), 4),
        (job("expired"), 4),
    ],
    ids=["completed", "failed image", "rejected row", "rejected", "cancelled", "expired"],
)
def test_how_a_job_ended_is_told_by_the_exit_code(ended: dict[str, Any], code: int) -> None:
    assert exit_code(ended) == ExitCode(code)
