"""What operators see, and that it is what the functions write."""

import json
import re
from typing import Any

from infra import dashboard
from pipeline.errors import ImageErrorCode
from pipeline.figures import UNITS
from tests.infra.synthesised import QUEUES, Synthesised, synthesise


def shown(stage: Synthesised) -> str:
    """The dashboard's body; what CloudFormation fills in stands as its reference."""
    (page,) = stage.of_type("AWS::CloudWatch::Dashboard").values()
    return "".join(
        part if isinstance(part, str) else re.sub(r"\W", "", json.dumps(part))
        for part in page["DashboardBody"]["Fn::Join"][1]
    )


def widgets(stage: Synthesised) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(shown(stage))["widgets"]
    return found


def ours(stage: Synthesised) -> dict[str, list[list[Any]]]:
    """Our own figures by name, with all their appearances."""
    found: dict[str, list[list[Any]]] = {}
    for widget in widgets(stage):
        for metric in widget["properties"]["metrics"]:
            if str(metric[0]).startswith("Darkroom/"):
                found.setdefault(metric[1], []).append(metric)
    return found


def test_every_figure_that_functions_write_is_shown(on_aws: Synthesised) -> None:
    seldom = {"Rows", "RejectedRows", "ImagesAgain"}
    searched = {"Repairs"}
    of_cloudinary = {name for name in UNITS if name.startswith("Cloudinary")}
    everywhere = set(UNITS) - seldom - searched - of_cloudinary
    assert set(ours(on_aws)) == everywhere
    assert set(ours(synthesise("dev", "cloudinary,s3"))) == everywhere | of_cloudinary
    assert 'MetricName=\\"Repairs\\"' in shown(on_aws)


def test_every_code_of_an_image_has_its_line(on_aws: Synthesised) -> None:
    codes = {metric[metric.index("code") + 1] for metric in ours(on_aws)["Images"]}
    assert codes == {"succeeded", *ImageErrorCode}
    assert set(dashboard.CODES) == codes


def test_figures_come_from_the_namespace_of_the_stage(on_aws: Synthesised) -> None:
    (namespace,) = {metric[0] for metrics in ours(on_aws).values() for metric in metrics}
    for name in on_aws.functions:
        assert on_aws.environment(name)["POWERTOOLS_METRICS_NAMESPACE"] == namespace


def test_every_queue_and_every_function_is_on_it(on_aws: Synthesised) -> None:
    body = shown(on_aws)
    for queue in QUEUES:
        assert on_aws.queue_id(queue) in body
    for name in on_aws.functions:
        assert on_aws.function_id(name) in body


def test_the_local_cloud_has_none(local: Synthesised) -> None:
    assert not local.of_type("AWS::CloudWatch::Dashboard")
