"""Log groups that end: CloudWatch keeps logs for ever unless told."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.removal import kept
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
    """A log group kept as long as the stage says.

    Args:
        name: only where AWS wants a certain beginning; with ``unique_suffix`` at its end.
    """
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=_RETENTION[stage.log_days],
        removal_policy=kept(stage),
    )


def log_group_of_aws(
    scope: Construct, construct_id: str, *, stage: Stage, name: str
) -> logs.LogGroup:
    """A log group that AWS would make itself, and keep for ever, if it were not there.

    AWS prescribes all of its name, so it goes with its stack in every stage: the next stack needs
    the name again. What writes to it must depend on it.
    """
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=_RETENTION[stage.log_days],
        removal_policy=RemovalPolicy.DESTROY,
    )
