"""How long messages waited, from what they left: the tables, and the answers of the sources."""

from itertools import accumulate, pairwise
from urllib.parse import urlsplit

from localcloud.upgrade.trial import Row, Trial

JOBS = """
    SELECT jobs.job_id::text, created_at, completed_at,
           (SELECT max(finished_at) FROM images WHERE images.job_id = jobs.job_id) AS images_ended,
           (SELECT created_at FROM deliveries
            WHERE deliveries.job_id = jobs.job_id AND event = 'job.processing') AS read_at
    FROM jobs
"""
IMAGES = """
    SELECT url, extract(epoch FROM finished_at)::float AS finished_at
    FROM images WHERE job_id = %s AND finished_at IS NOT NULL ORDER BY position
"""
ATTEMPTS = """
    SELECT extract(epoch FROM min(at) - deliveries.created_at)::float AS waited
    FROM deliveries JOIN delivery_attempts USING (delivery_id) GROUP BY delivery_id
"""


def longest(trial: Trial) -> dict[str, float]:
    """By queue, the seconds that the message with the longest wait has waited, work included; on
    the images queue those beyond its turn."""
    jobs = trial.rows(JOBS)
    read = [row for row in jobs if row["read_at"]]
    images = [_images(trial, row["job_id"]) for row in jobs]
    return {
        "uploads": max(_until_it_was_read(row) for row in jobs),
        "images": max((_beyond_their_turn(each) for each in images), default=0.0),
        "outcomes": max(_since_the_answer(trial, each) for each in images),
        "finished": max(_since_the_last_image(row) for row in read),
        "deliveries": max(row["waited"] for row in trial.rows(ATTEMPTS)),
    }


def _images(trial: Trial, job_id: str) -> list[Row]:
    """In their order on the queue, without those that ended before they came to it."""
    answered = trial.sources.answered
    return [row for row in trial.rows(IMAGES, job_id) if urlsplit(row["url"]).path in answered]


def _beyond_their_turn(images: list[Row]) -> float:
    """The queue hands out in order: an image that ends after one that was sent later has been
    overtaken. Where nothing at all ends for a while, everything waits."""
    ends = [row["finished_at"] for row in images]
    later = list(accumulate(reversed(ends), min))[::-1]
    overtaken = (end - first for end, first in zip(ends, later, strict=True))
    standstill = (after - before for before, after in pairwise(sorted(ends)))
    return max([*overtaken, *standstill], default=0.0)


def _since_the_answer(trial: Trial, images: list[Row]) -> float:
    """From a source's answer to the outcome in the table."""
    answered = trial.sources.answered
    waits = (row["finished_at"] - answered[urlsplit(row["url"]).path] for row in images)
    return max(waits, default=0.0)


def _since_the_last_image(row: Row) -> float:
    began = max(row["images_ended"] or row["read_at"], row["read_at"])
    return float((row["completed_at"] - began).total_seconds())


def _until_it_was_read(row: Row) -> float:
    """Of a job that is rejected nobody notes when that was, but when it ended."""
    return float(((row["read_at"] or row["completed_at"]) - row["created_at"]).total_seconds())
