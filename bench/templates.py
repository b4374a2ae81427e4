"""The stages' CloudFormation templates, as ``cdk deploy`` would send them."""

import json
import os
from typing import Any

from aws_cdk import App

from bench.places import ROOT
from infra.context import from_context
from infra.stack import Darkroom

Template = dict[str, Any]


def of(stage: str) -> Template:
    """The template of ``dev`` or ``prod``. No layer is built for it; Node must be on PATH."""
    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    chosen = {"stage": stage, "alarm_email": "alarms@example.com", "aws:cdk:bundling-stacks": []}
    # CDK's own validator takes longer than all the rest, and `make synth` runs it.
    os.environ.setdefault("CDK_VALIDATION", "false")
    app = App(context=context | chosen)
    stack = Darkroom(app, f"darkroom-{stage}", stage=from_context(app.node.try_get_context))
    template: Template = app.synth().get_stack_by_name(stack.stack_name).template
    return template
