"""A CDK app with the layers alone, built for this machine and not for AWS.

``cdk`` runs it in the checkout that is proved, whose ``infra`` it imports. AWS's processor is
seldom this machine's, and a package can only be imported where it runs: these are the same layers,
built and zipped in the same way, for the processor at hand.
"""

from aws_cdk import App, CfnOutput, Stack
from aws_cdk.aws_s3_assets import Asset

from infra import bundling
from infra.functions import LAYERS
from packages.publish import HERE, PLATFORM, PYTHON


def main() -> None:
    app = App()
    context = app.node.get_context
    target = bundling.Target(python=context(PYTHON), platform=context(PLATFORM))
    stack = Stack(app, HERE)
    for name in sorted({each for layers in LAYERS.values() for each in layers}):
        asset = Asset(stack, name, path=str(bundling.build(name, target).folder))
        CfnOutput(stack, f"{name.capitalize()}Layer", value=asset.s3_object_key)
    app.synth()


if __name__ == "__main__":
    main()
