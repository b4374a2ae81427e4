"""Waits until everything has come to its end."""

import time
from collections.abc import Callable

from chaos.campaign import ENDED, Campaign
from chaos.plan import JobPlan
from chaos.submitting import notify_again
from chaos.weather import Weather

PATIENCE = 1800.0
"""Seconds, and half a second more for each image, until a campaign counts as stuck. An image that
kills its function takes a quarter of an hour to its end."""

POLL = 1.0
TELL = 20.0
"""Seconds between two lines about how far it is."""

QUIET = 3
"""Polls in a row with nothing on any queue after which only time can help."""

STEP = 11 * 60.0
"""Seconds by which time is moved then: a minute more than the janitor's patience."""


def settle(campaign: Campaign, forecast: Weather, say: Callable[[str], None]) -> None:
    """Waits until everything has come to its end, and moves time when only that can help.

    Raises:
        TimeoutError: it does not.
    """
    deadline = time.monotonic() + PATIENCE + campaign.plan.images * 0.5
    quiet, told = 0, time.monotonic()
    running = list(campaign.plan.jobs)
    while True:
        time.sleep(POLL)
        running = [job for job in running if not _is_over(campaign, job)]
        waiting = campaign.deployment.waiting()
        owed = _owed(campaign)
        if forecast.error is not None:
            raise forecast.error
        if forecast.is_over and not running and not waiting and not owed:
            break
        if time.monotonic() > told + TELL:
            told = time.monotonic()
            say(f"  {len(running)} jobs run, {owed} webhooks are owed; messages: {waiting}")
        if time.monotonic() > deadline:
            numbers = [job.number for job in running]
            raise TimeoutError(
                f"{owed} webhooks and these jobs did not end: {numbers}; messages: {waiting}"
            )
        quiet = quiet + 1 if forecast.is_over and not waiting else 0
        if quiet >= QUIET:
            say(f"  time moves by {STEP / 60:.0f} minutes for {len(running)} jobs, {owed} webhooks")
            campaign.database.move_time(STEP)
            campaign.moved += STEP
            campaign.deployment.run_janitor()
            quiet = 0


def _is_over(campaign: Campaign, job: JobPlan) -> bool:
    answer = campaign.client.job(campaign.job_ids[job.number])
    counts = answer["images"]
    if counts["total"] != counts["pending"] + counts["succeeded"] + counts["failed"]:
        campaign.findings.append(f"job {job.number} does not add up on its way: {counts}")
    if answer["status"] not in ENDED:
        return False
    while campaign.notices_left[job.number]:
        notify_again(campaign, job)
    return True


def _owed(campaign: Campaign) -> int:
    """Deliveries that are neither delivered nor given up, but for receivers that stay down."""
    down = [
        f"{campaign.receiver.url}{job.hook.path}"
        for job in campaign.plan.jobs
        if job.hook and job.hook.kind == "down"
    ]
    return int(
        campaign.database.rows(
            "SELECT count(*) AS owed FROM deliveries WHERE status = 'pending' AND url <> ALL(%s)",
            down,
        )[0]["owed"]
    )
