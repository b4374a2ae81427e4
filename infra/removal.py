"""What becomes of a resource when its stack goes."""

from aws_cdk import Fn, RemovalPolicy, Stack
from constructs import Construct

from infra.settings import Stage


def kept(stage: Stage) -> RemovalPolicy:
    """For what holds data, or what links to data lead to.

    It stays where the stage keeps its data, unless the very deploy that made it fails: it is empty
    then, and the next try would make another one beside it.
    """
    if stage.keep_data:
        return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
    return RemovalPolicy.DESTROY


def unique_suffix(scope: Construct) -> str:
    """Eight letters and digits that no other stack has, nor this one after it was deleted.

    They make a name that something needs and that may be kept: with a fixed name the next stack
    would meet what the last one left.
    """
    uuid = Fn.select(2, Fn.split("/", Stack.of(scope).stack_id))
    return Fn.select(0, Fn.split("-", uuid))
