"""Log groups that end: CloudWatch keeps logs for ever unless told."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.settings import Stage

_RETENTION = {
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}
"""The numbers of days that ``Stage.log_days`` may have; CloudWatch takes no others in between."""


def log_group(
    scope: Construct, construct_id: str, *, stage: Stage, name: str | None = None
) -> logs.LogGroup:
    """A log group kept as long as the stage says. ``name`` only where AWS prescribes it."""
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=_RETENTION[stage.log_days],
        removal_policy=RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY,
    )
