"""What a campaign draws from its seed."""

import csv
import io

import pytest

from chaos import plan, tables, weather
from chaos.sources import MANY, PASSING, Answer
from chaos.weather import Kind

SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_seed_draws_the_same_campaign(seed: int) -> None:
    assert plan.draw(seed, 300, 4) == plan.draw(seed, 300, 4)
    assert weather.draw(seed, 300) == weather.draw(seed, 300)
    assert plan.draw(seed, 300, 4) != plan.draw(seed + 1, 300, 4)


@pytest.mark.parametrize("images", [1, 2, 60, 150, 2_000])
def test_there_are_as_many_images_as_asked_for(images: int) -> None:
    drawn = plan.draw(3, images, 4)
    assert drawn.images == images
    assert all(len(job.images) <= max(1, images // 4) for job in drawn.jobs)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_accepted_row_has_a_url_that_can_be_fetched(seed: int) -> None:
    rows = [row for job in plan.draw(seed, 300, 4).jobs for row in job.rows if row.name]
    assert all(any(image.answers for image in row.images) for row in rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_image_must_succeed_if_its_source_does_in_the_end(seed: int) -> None:
    for job in plan.draw(seed, 2 * MANY, 4).jobs:
        for image in job.images:
            good = image.answers[-1:] == (Answer.GOOD,)
            assert (image.code is None) == good
            # The processor gives a source six tries, and some are for what else goes wrong.
            assert sum(answer in PASSING for answer in image.answers) <= 2


def test_large_campaigns_have_images_that_kill_their_function() -> None:
    def lethal(images: int) -> int:
        jobs = plan.draw(5, images, 4).jobs
        return sum(image.answers == (Answer.LETHAL,) for job in jobs for image in job.images)

    assert lethal(MANY - 1) == 0
    assert 0 < lethal(10 * MANY) <= 5


@pytest.mark.parametrize("images", [20, 150, 10_000])
def test_every_kind_of_weather_comes_and_comes_in_time(images: int) -> None:
    faults = weather.draw(1, images)
    assert {fault.kind for fault in faults} == set(Kind)
    assert all(0 < fault.after < images for fault in faults)
    assert faults == sorted(faults, key=lambda fault: fault.after)


@pytest.mark.parametrize("job", plan.draw(8, 600, 4).jobs, ids=lambda job: f"job {job.number}")
def test_the_expected_result_has_the_new_urls_and_the_planned_errors(job: plan.JobPlan) -> None:
    outputs = {image: f"new/{n}" for n, image in enumerate(job.images) if image.code is None}
    result = list(csv.reader(io.StringIO(tables.expected(job, "http://o", outputs).decode())))
    sent = list(csv.reader(io.StringIO(tables.sent(job, "http://o").decode())))
    assert [line[:3] for line in result] == sent
    for row, line in zip(job.rows, result[1:], strict=True):
        if not row.name:
            assert line[3:] == ["", "missing_name: Product Name"]
            continue
        assert line[3].split(",") == [outputs.get(image, "") for image in row.images]
        failed = [f"{image.code}: {image.url('http://o')}" for image in row.images if image.code]
        assert line[4].splitlines() == failed
