"""The figures that operators watch: CloudWatch metrics, written into the log.

CloudWatch takes them from there (embedded metric format), so a figure costs no request and is never
lost apart from the invocation it belongs to. They are counted where something happens, so what is
done twice counts twice; exact numbers are in PostgreSQL.
"""

import os
from collections import defaultdict

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE = "Darkroom"
"""Where the environment names no other (``POWERTOOLS_METRICS_NAMESPACE``)."""

UNITS = {
    # processor; the dimension `code` is "succeeded" or the failure's code
    "Images": MetricUnit.Count,
    "ImagesAgain": MetricUnit.Count,
    "InputBytes": MetricUnit.Bytes,
    "OutputBytes": MetricUnit.Bytes,
    "FetchTime": MetricUnit.Milliseconds,
    "CodecTime": MetricUnit.Milliseconds,
    "StoreTime": MetricUnit.Milliseconds,
    # processor, of an account at Cloudinary; the dimension `result` is what came of an upload
    "CloudinaryUploads": MetricUnit.Count,
    "CloudinaryRateLimit": MetricUnit.NoUnit,
    "CloudinaryRemaining": MetricUnit.NoUnit,
    # ingest
    "Rows": MetricUnit.Count,
    "RejectedRows": MetricUnit.Count,
    # ingest, finisher; the dimension `status` is how the job ended
    "Jobs": MetricUnit.Count,
    "JobTime": MetricUnit.Seconds,
    # notifier; the dimension `result` is "2xx" … "5xx" or why there was no answer
    "DeliveryAttempts": MetricUnit.Count,
    # recorder
    "MessagesPutAside": MetricUnit.Count,
    # janitor; by `duty`
    "Repairs": MetricUnit.Count,
}
"""Every figure there is. infra/dashboard.py and docs/operations.md speak of them by these names."""

AMOUNTS = {MetricUnit.Count, MetricUnit.Bytes}

Dimensions = tuple[tuple[str, str], ...]


class Figures:
    """What one invocation has to tell. Not for several threads at once."""

    def __init__(self) -> None:
        self._values: dict[Dimensions, list[tuple[str, float]]] = defaultdict(list)

    def add(self, name: str, value: float = 1, **dimensions: str) -> None:
        """Notes a value.

        Args:
            name: one of ``UNITS``.
            dimensions: by which the figure is told apart, few values each: every combination is a
                metric that AWS charges for.
        """
        if name not in UNITS:
            raise ValueError(f"no figure is called {name!r}")
        self._values[tuple(sorted(dimensions.items()))].append((name, value))

    def write(self) -> None:
        """Writes what was noted, a line for each set of dimensions, and begins anew."""
        values, self._values = self._values, defaultdict(list)
        namespace = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
        for dimensions, noted in values.items():
            metrics = EphemeralMetrics(namespace=namespace)
            for dimension, said in dimensions:
                metrics.add_dimension(dimension, said)
            for name, value in _summed(noted):
                metrics.add_metric(name, UNITS[name], value)
            metrics.flush_metrics()


def _summed(noted: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Amounts become one; of times each is kept, for percentiles."""
    kept, sums = [], dict[str, float]()
    for name, value in noted:
        if UNITS[name] in AMOUNTS:
            sums[name] = sums.get(name, 0) + value
        else:
            kept.append((name, value))
    return [*sums.items(), *kept]
