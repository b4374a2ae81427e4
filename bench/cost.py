"""What a million images cost on AWS: measured times, counted requests and list prices."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench import prices
from bench.tables import Figures, table
from infra.settings import SIZES, STAGES

IMAGES = 1_000_000

PORTION = 20
"""Outcomes in one message (functions/processor/batch.py)."""
RECEIVED = 10
"""Messages in one request to SQS, whatever the batch: it allows no more."""
OUTCOME_BYTES = 450
LOG_BYTES = 60
"""An image's share of its batch's log lines, figures, and Lambda's own three lines."""

STORAGE = "a month's storage"


@dataclass(frozen=True)
class Measured:
    """What the model takes from a run of the bench; the defaults are of docs/benchmarks.md."""

    processor_images_per_s: float = 50.0
    output_bytes: float = 96_000.0
    ingest_rows_per_s: float = 5_900.0
    recorder_outcomes_per_s: float = 14_900.0
    finisher_rows_per_s: float = 40_000.0
    slower: float = 1.0
    """How many times longer a core of Lambda's takes than the one that was measured."""


def of(figures: Mapping[str, float]) -> Measured:
    """What has been measured in this run, in place of the defaults."""
    known = {name: figures[name] for name in Measured.__dataclass_fields__ if name in figures}
    return Measured(**known)


def lambda_cost(function: str, seconds: float) -> float:
    """Dollars for so many seconds of a function."""
    return seconds * SIZES[function].memory / prices.GIB * prices.LAMBDA_GB_SECOND


def sqs_cost(sent: float, received: float, kilobytes: float = 1.0) -> float:
    """Dollars for requests that send, and for those that receive and delete.

    Args:
        kilobytes: of one request that sends.
    """
    chunks = -(-kilobytes * 1024 // prices.SQS_CHUNK)
    return (sent * chunks + 2 * received) * prices.SQS_REQUEST


def processing(measured: Measured, *, batch: int = STAGES["prod"].images_batch) -> dict[str, float]:
    """Dollars of a million images by what they are paid for, without their store."""
    times = measured.slower
    messages = IMAGES / PORTION
    invocations = IMAGES / batch + messages / STAGES["prod"].outcomes_batch
    return {
        "Lambda: processor": lambda_cost(
            "processor", IMAGES / measured.processor_images_per_s * times
        ),
        "Lambda: ingest, recorder, finisher": lambda_cost(
            "ingest", IMAGES / measured.ingest_rows_per_s * times
        )
        + lambda_cost("recorder", IMAGES / measured.recorder_outcomes_per_s * times)
        + lambda_cost("finisher", IMAGES / measured.finisher_rows_per_s * times),
        "Lambda: requests": invocations * prices.LAMBDA_REQUEST,
        # Sent, hidden while they are worked on (functions/processor/retries.py), received, deleted.
        "SQS: images": sqs_cost(2 * IMAGES / RECEIVED, IMAGES / RECEIVED),
        "SQS: outcomes": sqs_cost(messages, messages / RECEIVED, PORTION * OUTCOME_BYTES / 1024),
        "CloudWatch: logs": IMAGES * LOG_BYTES / 1e9 * prices.LOGS_GB,
    }


def storing(measured: Measured) -> dict[str, dict[str, float]]:
    """Dollars for storing them, by store; a month's storage apart."""
    gigabytes = IMAGES * measured.output_bytes / 1e9
    uploads = IMAGES / prices.CLOUDINARY_CREDIT_UPLOADS
    return {
        "S3": {
            "S3: PUT": IMAGES * prices.S3_PUT,
            STORAGE: gigabytes * prices.S3_GB_MONTH,
        },
        "Cloudinary": {
            "Cloudinary: uploads": uploads * prices.CLOUDINARY_CREDIT,
            STORAGE: gigabytes / prices.CLOUDINARY_CREDIT_GB * prices.CLOUDINARY_CREDIT,
        },
    }


def measure(figures: Figures) -> Figures:
    """Prints the bill; the totals without storage, by store."""
    measured = of(figures)
    bill = processing(measured)
    stores = storing(measured)
    totals = {}
    rows = [(name, *[f"{dollars:.2f}"] * len(stores)) for name, dollars in bill.items()]
    paid: list[tuple[str, ...]] = []
    for column, store in enumerate(stores):
        for name, dollars in stores[store].items():
            if name != STORAGE:
                cells = ["", ""]
                cells[column] = f"{dollars:.2f}"
                paid.append((name, *cells))
        totals[store] = sum(bill.values()) + sum(
            dollars for name, dollars in stores[store].items() if name != STORAGE
        )
    table(
        f"A million images, US dollars, list prices of {prices.AS_OF}",
        ("", *stores),
        [
            *rows,
            *paid,
            ("in all", *(f"{total:.2f}" for total in totals.values())),
            (
                STORAGE,
                *(f"{parts[STORAGE]:.2f}" for parts in stores.values()),
            ),
        ],
    )
    return {
        "usd_per_million_images": totals["S3"],
        "usd_per_million_images_cloudinary": totals["Cloudinary"],
        "usd_per_million_images_tinify": IMAGES * prices.TINIFY_IMAGE,
    }
