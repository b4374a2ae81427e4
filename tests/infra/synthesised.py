"""A stage's template, and questions to ask it."""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.context import from_context
from infra.stack import Darkroom
from tests.infra.rendered import Renderer

ROOT = Path(__file__).parent.parent.parent

LOCAL = {
    "endpoint_url": "http://127.0.0.1:4566",
    "database_url": "postgresql://local/darkroom",
    "python_version": "3.13",
}

Properties = dict[str, Any]


class Synthesised:
    """One synthesised stage.

    Attributes:
        is_protected: CloudFormation refuses to delete the stack.
        rendered: renders the template's values as they are once they are deployed.
    """

    def __init__(self, template: dict[str, Any], *, name: str, is_protected: bool) -> None:
        self.name = name
        self.is_protected = is_protected
        self.template = template
        self.resources: dict[str, dict[str, Any]] = template["Resources"]
        self.rendered = Renderer(name, self.resources)
        self.outputs = {key: each["Value"] for key, each in template["Outputs"].items()}

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Properties by logical id of all resources of a type, ``AWS::SQS::Queue``."""
        return {
            key: each.get("Properties", {})
            for key, each in self.resources.items()
            if each["Type"] == kind
        }

    @property
    def functions(self) -> dict[str, Properties]:
        """The eight functions by name (what runs the migrator on each deploy is none of them)."""
        named = {}
        for properties in self.of_type("AWS::Lambda::Function").values():
            name = properties["Environment"]["Variables"].get("POWERTOOLS_SERVICE_NAME")
            if name:
                named[name] = properties
        return named

    def function_id(self, name: str) -> str:
        (found,) = (
            key
            for key, each in self.of_type("AWS::Lambda::Function").items()
            if each["Environment"]["Variables"].get("POWERTOOLS_SERVICE_NAME") == name
        )
        return found

    def environment(self, function: str) -> dict[str, Any]:
        variables: dict[str, Any] = self.functions[function]["Environment"]["Variables"]
        return variables

    def queue_id(self, name: str) -> str:
        """Logical id of ``images`` or ``images-dead``."""
        main, _, dead = name.partition("-")
        suffix = "DeadQueueUrl" if dead else "QueueUrl"
        return str(self.outputs[f"{main.capitalize()}{suffix}"]["Ref"])

    def queue(self, name: str) -> Properties:
        return self.of_type("AWS::SQS::Queue")[self.queue_id(name)]

    def bucket_id(self, name: str) -> str:
        return str(self.outputs[f"{name.capitalize()}Bucket"]["Ref"])

    def bucket(self, name: str) -> Properties:
        return self.of_type("AWS::S3::Bucket")[self.bucket_id(name)]

    def triggers(self) -> Iterator[tuple[str, str, Properties]]:
        """(queue, function, event source mapping)"""
        queues = {self.queue_id(each): each for each in QUEUES}
        functions = {self.function_id(each): each for each in self.functions}
        for mapping in self.of_type("AWS::Lambda::EventSourceMapping").values():
            yield (
                queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]],
                functions[mapping["FunctionName"]["Ref"]],
                mapping,
            )

    def statements(self, function: str) -> Iterator[dict[str, Any]]:
        """What the function's role allows, actions and resources always as lists."""
        role = self.functions[function]["Role"]["Fn::GetAtt"][0]
        for policy in self.of_type("AWS::IAM::Policy").values():
            if {"Ref": role} in policy["Roles"]:
                for each in policy["PolicyDocument"]["Statement"]:
                    yield each | {
                        "Action": listed(each["Action"]),
                        "Resource": listed(each["Resource"]),
                    }

    def rights(self, function: str) -> set[str]:
        """What the function may do, as ``s3:PutObject uploads/*``: names for what has one.

        Its own log, traces and network interfaces are left out.
        """
        return {
            f"{action} {self._named(resource)}"
            for each in self.statements(function)
            for action in each["Action"]
            for resource in each["Resource"]
            if action.split(":")[0] not in ("logs", "xray")
        }

    def _named(self, resource: Any) -> str:
        text = json.dumps(resource)
        for name in QUEUES:
            if f'"{self.queue_id(name)}"' in text:
                return name
        for name in ("uploads", "results", "images"):
            if f'"{self.bucket_id(name)}"' in text:
                if '"/cancelled/*"' in text:
                    return f"{name}/cancelled/*"
                return f"{name}/*" if f'"/{name}/*"' in text else f"{name} bucket"
        return "secret" if "SecretAttachment" in text else text


QUEUES = (
    *("uploads", "images", "outcomes", "finished", "deliveries"),
    *("uploads-dead", "images-dead", "outcomes-dead", "finished-dead", "deliveries-dead"),
)


CHOICES = {
    "alarm_email": "operations@darkroom.example.com",
    "contact": "https://darkroom.example.com/contact",
    "stores": "s3,cloudinary",
    "images_domain": "images.darkroom.example.com",
    "images_certificate": "arn:aws:acm:us-east-1:123456789012:certificate/01a20a25-981d-7ea6",
    "availability_zones": "us-east-1b,us-east-1f",
    "database_class": "t4g.micro",
    "backup_days": "1",
}
"""All that an operator may choose."""

WAYS: dict[str, dict[str, str]] = {
    "dev": {"stage": "dev"},
    "prod": {"stage": "prod"},
    "prod, first deploy": {"stage": "prod", "first_deploy": "true"},
    "prod, small account": {"stage": "prod", "account_concurrency": "10"},
    "prod, all choices": {"stage": "prod", **CHOICES},
}
"""All ways to deploy to AWS that differ in more than numbers."""


def synthesise_way(way: str) -> Synthesised:
    return synthesise(**WAYS[way])


def synthesise(stage: str, stores: str = "", **context: str) -> Synthesised:
    """Synthesises a stage, once for all tests, without building layers.

    Args:
        stores: other than the stage's own, the usual one first.
        context: what else the command line gives.

    Raises:
        RuntimeError: cdk-nag found something that is not acknowledged.
    """
    return _synthesised(tuple(sorted({"stage": stage, "stores": stores, **context}.items())))


@cache
def _synthesised(given: tuple[tuple[str, str], ...]) -> Synthesised:
    usual = json.loads((ROOT / "cdk.json").read_text())["context"]
    context = {**usual, **dict(given), "aws:cdk:bundling-stacks": []}
    stage = context["stage"]
    context |= LOCAL if stage == "local" else {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        # CDK's own validator takes longer than all the rest; `make check` synthesises with it.
        patch.setitem(os.environ, "CDK_VALIDATION", "false")
        app = App(context=context)
        if stage != "local":
            Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        name = f"darkroom-{stage}"
        Darkroom(app, name, stage=from_context(app.node.try_get_context))
        artifact = app.synth().get_stack_by_name(name)
        return Synthesised(
            artifact.template, name=name, is_protected=bool(artifact.termination_protection)
        )


def listed(value: Any) -> list[Any]:
    """A policy's actions or resources, of which one may stand alone, as a list."""
    return value if isinstance(value, list) else [value]
