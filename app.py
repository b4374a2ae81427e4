"""The CDK app: one stage of Darkroom, chosen by ``-c stage=local|dev|prod``."""

import sys

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.context import from_context
from infra.settings import SettingsError
from infra.stack import Darkroom

app = App()
try:
    stage = from_context(app.node.try_get_context)
    if stage.local is None:
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    Darkroom(app, f"darkroom-{stage.name}", stage=stage)
except SettingsError as error:
    sys.exit(str(error))
app.synth()
