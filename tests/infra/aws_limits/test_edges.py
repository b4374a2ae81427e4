"""What CloudWatch, EventBridge, API Gateway and CloudFront demand."""

import json
import re

from tests.infra.synthesised import Synthesised


def test_an_alarm_is_one_that_cloudwatch_takes(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
    for alarm in every_way.of_type("AWS::CloudWatch::Alarm").values():
        period = alarm["Period"]
        assert period in (10, 20, 30) or period % 60 == 0
        longest = 7 * 86_400 if period >= 3600 else 86_400
        assert period * alarm["EvaluationPeriods"] <= longest
        assert len(alarm.get("Dimensions", [])) <= 30
        for actions in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            assert len(alarm.get(actions, [])) <= 5


def test_functions_may_write_into_their_namespace(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
    for name in every_way.functions:
        namespace = every_way.environment(name)["POWERTOOLS_METRICS_NAMESPACE"]
        assert re.fullmatch(r"(?!AWS/)[0-9A-Za-z._/#-]{1,255}", namespace)


def test_the_dashboard_is_one_that_cloudwatch_takes(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"""
    for page in every_way.of_type("AWS::CloudWatch::Dashboard").values():
        body = every_way.rendered.text(page["DashboardBody"])
        widgets = json.loads(body)["widgets"]
        assert len(widgets) <= 500
        metrics = [len(each["properties"].get("metrics", [])) for each in widgets]
        assert max(metrics) <= 500
        assert sum(metrics) <= 2500


def test_a_rule_is_one_that_eventbridge_takes(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rate-expressions.html"""
    for rule in every_way.of_type("AWS::Events::Rule").values():
        assert 1 <= len(rule["Targets"]) <= 5
        if "ScheduleExpression" in rule:
            number, unit = re.fullmatch(
                r"rate\((\d+) (minute|hour|day)s?\)", rule["ScheduleExpression"]
            ).groups()  # type: ignore[union-attr]
            assert rule["ScheduleExpression"] == f"rate({number} {unit}{'s' * (number != '1')})"


def test_the_api_is_one_that_api_gateway_takes(every_way: Synthesised) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: what an account may
    do at once, and how long API Gateway waits for a function."""
    for front in every_way.of_type("AWS::ApiGatewayV2::Stage").values():
        assert front["DefaultRouteSettings"]["ThrottlingRateLimit"] <= 2500  # in newer regions
        assert front["DefaultRouteSettings"]["ThrottlingBurstLimit"] <= 1250
    assert every_way.functions["api"]["Timeout"] < 30


def test_api_gateway_may_write_its_log_whatever_the_account_logs_already(
    every_way: Synthesised,
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html and
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html"""
    for front in every_way.of_type("AWS::ApiGatewayV2::Stage").values():
        group = front["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"][0]
        name = every_way.rendered.text(every_way.resources[group]["Properties"]["LogGroupName"])
        assert name.startswith("/aws/vendedlogs/")


def test_the_cdn_has_a_certificate_of_the_region_where_cloudfront_looks(
    every_way: Synthesised,
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html"""
    for distribution in every_way.of_type("AWS::CloudFront::Distribution").values():
        config = distribution["DistributionConfig"]
        assert bool(config.get("Aliases")) == ("ViewerCertificate" in config)
        if "ViewerCertificate" in config:
            certificate = config["ViewerCertificate"]["AcmCertificateArn"]
            assert certificate.startswith("arn:aws:acm:us-east-1:")
