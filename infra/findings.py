"""Acknowledging cdk-nag's findings, each beside the resource and with its reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

PYTHON_3_13 = {"L1": "One version for layers, tests and the local cloud; all move together."}


def acknowledge(construct: IConstruct, findings: dict[str, str]) -> None:
    """Accepts findings on ``construct`` and what is inside it.

    Args:
        findings: the reason for each rule, as ``IAM5[Resource::*]`` (the pack's name is left out).
    """
    for rule, reason in findings.items():
        Validations.of(construct).acknowledge(
            Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason)
        )
