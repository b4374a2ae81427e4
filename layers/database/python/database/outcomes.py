"""What became of images: each outcome stored once and counted once into its job."""

from collections.abc import Sequence
from uuid import UUID

from database.connection import Connection
from pipeline.messages import ImageFinished


def record(connection: Connection, outcomes: Sequence[ImageFinished]) -> dict[UUID, int]:
    """Stores the outcomes of images that are still pending and counts each into its job.

    A repeated outcome finds its image no longer pending and changes nothing, so each image counts
    once. The jobs are locked first, in one order, so that two recorders wait for each other instead
    of deadlocking; call it in a transaction.

    Returns:
        the jobs that the outcomes speak of, those that exist, and how many outcomes of each were
        new.
    """
    known: dict[UUID, int] = dict(
        connection.execute(
            """
            SELECT job_id, retries FROM jobs WHERE job_id = ANY(%s)
            ORDER BY job_id FOR NO KEY UPDATE
            """,
            [list({outcome.job_id for outcome in outcomes})],
        ).fetchall()
    )
    # What is late from before a retry would end an image that has just been queued again.
    current = [each for each in outcomes if known.get(each.job_id) == each.retry]
    # A batch may hold the same outcome twice; UPDATE ... FROM would pick one of them at random.
    distinct = list({(each.job_id, each.position): each for each in current}.values())
    counted = connection.execute(
        """
        WITH found AS MATERIALIZED (
            -- Each image is looked up by itself: a range in the order of the primary key, which is
            -- then the only index that gives it without sorting. Joined as equals, every pending
            -- image there is may be compared with every outcome: while no statistics know of a
            -- pending image, one is expected.
            SELECT given.*, image.place
            FROM unnest(
                %(job_id)s::uuid[], %(position)s::int[], %(status)s::text[],
                %(output_url)s::text[], %(error_code)s::text[], %(error_message)s::text[],
                %(input_bytes)s::bigint[], %(input_width)s::int[], %(input_height)s::int[],
                %(input_format)s::text[],
                %(output_bytes)s::bigint[], %(output_width)s::int[], %(output_height)s::int[],
                %(output_format)s::text[], %(output_sha256)s::text[]
            ) AS given (
                job_id, position, status, output_url, error_code, error_message,
                input_bytes, input_width, input_height, input_format,
                output_bytes, output_width, output_height, output_format, output_sha256)
            CROSS JOIN LATERAL (
                SELECT ctid AS place, status FROM images
                WHERE images.job_id = given.job_id
                  AND images.position >= given.position AND images.position <= given.position
                ORDER BY images.position LIMIT 1
            ) AS image
            WHERE image.status = 'pending'
        ), recorded AS (
            -- By where they lie: nobody else moves images of a job that is locked. Said twice, so
            -- that no more than these are read, whatever is believed of how many images there are.
            UPDATE images SET
                status = found.status,
                output_url = found.output_url,
                error_code = found.error_code, error_message = found.error_message,
                input_bytes = found.input_bytes, input_width = found.input_width,
                input_height = found.input_height, input_format = found.input_format,
                output_bytes = found.output_bytes, output_width = found.output_width,
                output_height = found.output_height, output_format = found.output_format,
                output_sha256 = decode(found.output_sha256, 'hex'),
                finished_at = now()
            FROM found
            WHERE images.ctid = found.place AND images.ctid = ANY(ARRAY(SELECT place FROM found))
            RETURNING images.job_id, images.status, images.input_bytes, images.output_bytes
        ), tally AS (
            SELECT job_id,
                   count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
                   count(*) FILTER (WHERE status = 'failed') AS failed,
                   coalesce(sum(input_bytes) FILTER (WHERE status = 'succeeded'), 0)
                       AS input_bytes,
                   coalesce(sum(output_bytes) FILTER (WHERE status = 'succeeded'), 0)
                       AS output_bytes
            FROM recorded GROUP BY job_id
        )
        UPDATE jobs SET
            images_succeeded = images_succeeded + tally.succeeded,
            images_failed = images_failed + tally.failed,
            input_bytes = jobs.input_bytes + tally.input_bytes,
            output_bytes = jobs.output_bytes + tally.output_bytes,
            updated_at = now()
        FROM tally
        -- The second says the same as the first, whatever is believed of how many jobs there are.
        WHERE jobs.job_id = tally.job_id AND jobs.job_id = ANY(%(known)s)
        RETURNING jobs.job_id, tally.succeeded + tally.failed
        """,
        _columns(distinct) | {"known": list(known)},
    )
    return dict.fromkeys(known, 0) | dict(counted)


def _columns(outcomes: Sequence[ImageFinished]) -> dict[str, list[object]]:
    """The outcomes as one array a column."""
    return {
        "job_id": [each.job_id for each in outcomes],
        "position": [each.position for each in outcomes],
        "status": [each.status.value for each in outcomes],
        "output_url": [each.output_url for each in outcomes],
        "error_code": [str(each.error.code) if each.error else None for each in outcomes],
        "error_message": [each.error.message if each.error else None for each in outcomes],
        "input_bytes": [each.input.bytes if each.input else None for each in outcomes],
        "input_width": [each.input.width if each.input else None for each in outcomes],
        "input_height": [each.input.height if each.input else None for each in outcomes],
        "input_format": [each.input.format if each.input else None for each in outcomes],
        "output_bytes": [each.output.bytes if each.output else None for each in outcomes],
        "output_width": [each.output.width if each.output else None for each in outcomes],
        "output_height": [each.output.height if each.output else None for each in outcomes],
        "output_format": [each.output.format if each.output else None for each in outcomes],
        "output_sha256": [each.output.sha256 if each.output else None for each in outcomes],
    }
