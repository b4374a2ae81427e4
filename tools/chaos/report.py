"""What a campaign tells in the end: a table for people, a file for machines."""

from collections.abc import Sequence
from typing import Any

from chaos.campaign import Campaign
from chaos.sources import PASSING, Answer

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
    faults = campaign.tally.counts()
    return {
        "seed": campaign.plan.seed,
        "images": len(images),
        "images_failed_as_planned": sum(image.code is not None for image in images),
        "images_saved_from_faltering_sources": len(faltered),
        "jobs": len(campaign.plan.jobs),
        "rows": sum(len(job.rows) for job in campaign.plan.jobs),
        "deliveries": {row["status"]: row["n"] for row in statuses},
        "delivery_attempts": attempts[0]["n"],
        "api_requests_repeated": campaign.client.failed,
        "seconds": round(seconds, 1),
        "minutes_moved": round(campaign.moved / 60),
        "faults": {f"{where}: {what}": count for (where, what), count in faults.items()},
        "faults_in_all": sum(faults.values()),
        "breaches": list(breaches),
    }


def lines(report: Report) -> list[str]:
    """The table."""
    told = ["", "Faults injected"]
    told += [f"  {count:6d}  {name}" for name, count in report["faults"].items()]
    told += [f"  {report['faults_in_all']:6d}  in all", "", "What came of it"]
    figures = (
        ("jobs, all of them ended", "jobs"),
        ("images in", "images"),
        ("failed, because their sources really did", "images_failed_as_planned"),
        ("succeeded although their sources faltered", "images_saved_from_faltering_sources"),
        ("attempts at webhooks", "delivery_attempts"),
        ("requests to the API that were repeated", "api_requests_repeated"),
        ("minutes by which time was moved", "minutes_moved"),
        ("seconds", "seconds"),
    )
    told += [f"  {report[key]:6}  {name}" for name, key in figures]
    told += [f"  {count:6d}  webhooks {status}" for status, count in report["deliveries"].items()]
    return told
