"""What a campaign tells in the end: a table for people, a file for machines."""

from collections.abc import Iterator, Sequence
from typing import Any

from chaos.campaign import ENDED, Campaign
from chaos.sources import PASSING, Answer
from chaos.tally import FOR_GOOD

Report = dict[str, Any]


def of(campaign: Campaign, breaches: Sequence[str], *, seconds: float) -> Report:
    """Everything worth knowing, as JSON takes it."""
    images = [image for job in campaign.plan.jobs for image in job.images]
    passing = {*PASSING, Answer.HANG}
    faltered = [i for i in images if i.code is None and passing & {*i.answers}]
    attempts = campaign.database.rows("SELECT count(*) AS n FROM delivery_attempts")
    statuses = campaign.database.rows(
        "SELECT status, count(*) AS n FROM deliveries GROUP BY status ORDER BY status"
    )
    counted = campaign.database.rows(
        """
        SELECT sum(images_total) AS total, sum(images_succeeded) AS succeeded,
               sum(images_failed) AS failed,
               count(*) FILTER (WHERE status <> ALL(%s)) AS open
        FROM jobs WHERE job_id::text = ANY(%s)
        """,
        [*ENDED],
        [*campaign.job_ids.values()],
    )[0]
    return {
        "seed": campaign.plan.seed,
        "images": len(images),
        "images_in": counted["total"],
        "images_succeeded": counted["succeeded"],
        "images_failed": counted["failed"],
        "images_of_faltering_sources": len(faltered),
        "jobs": len(campaign.plan.jobs),
        "jobs_open": counted["open"],
        "rows": sum(len(job.rows) for job in campaign.plan.jobs),
        "deliveries": {row["status"]: row["n"] for row in statuses},
        "delivery_attempts": attempts[0]["n"],
        "api_requests_repeated": campaign.client.failed,
        "seconds": round(seconds, 1),
        "minutes_moved": round(campaign.moved / 60),
        "faults": list(_faults(campaign, broken=bool(breaches))),
        "breaches": list(breaches),
    }


def _faults(campaign: Campaign, *, broken: bool) -> Iterator[dict[str, Any]]:
    """How often each fault was injected, and how often nothing was to be seen of it in the end: for
    all of them if no promise was broken; of those that are for good there is nothing to recover."""
    for (where, what), count in campaign.tally.counts().items():
        recovers = not (broken or where.endswith(FOR_GOOD))
        yield {
            "fault": f"{where}: {what}",
            "injected": count,
            "recovered": count if recovers else None,
        }


def lines(report: Report) -> list[str]:
    """The table."""
    faults = report["faults"]
    told = ["", "  injected  recovered  fault"]
    told += [
        f"  {fault['injected']:8d}  {_number(fault['recovered']):>9}  {fault['fault']}"
        for fault in faults
    ]
    injected = sum(fault["injected"] for fault in faults)
    recovered = sum(fault["recovered"] or 0 for fault in faults)
    told += [f"  {injected:8d}  {recovered:9d}  in all", "", "What came of it"]
    figures = (
        ("jobs", "jobs"),
        ("of them open", "jobs_open"),
        ("images in", "images_in"),
        ("of them succeeded", "images_succeeded"),
        ("of these from sources that faltered first", "images_of_faltering_sources"),
        ("of them failed", "images_failed"),
        ("attempts at webhooks", "delivery_attempts"),
        ("requests to the API that were repeated", "api_requests_repeated"),
        ("minutes by which time was moved", "minutes_moved"),
        ("seconds", "seconds"),
    )
    told += [f"  {report[key]:6}  {name}" for name, key in figures]
    told += [f"  {count:6d}  webhooks {status}" for status, count in report["deliveries"].items()]
    return told


def _number(count: int | None) -> str:
    return "-" if count is None else str(count)
