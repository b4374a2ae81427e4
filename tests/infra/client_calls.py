"""Which AWS services a function calls, read from its code: its folder, and the layers it carries.

What is looked for is every way to make a client: ``pipeline.clients``, boto3 itself, and
Powertools, which makes some of its own.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore.session

from infra.functions import LAYERS
from tests.cloud import ROOT

CLIENTS = ROOT / "layers" / "pipeline" / "python" / "pipeline" / "clients.py"
CLIENTS_MODULE = "pipeline.clients"

MAKERS = {"client", "resource", "create_client"}
"""Methods of boto3, of its sessions and of botocore's; the first argument is the service."""

POWERTOOLS = {
    "SecretsProvider": "secretsmanager",
    "get_secret": "secretsmanager",
    "set_secret": "secretsmanager",
    "SSMProvider": "ssm",
    "get_parameter": "ssm",
    "get_parameters": "ssm",
    "get_parameters_by_name": "ssm",
    "set_parameter": "ssm",
    "AppConfigProvider": "appconfigdata",
    "AppConfigStore": "appconfigdata",
    "get_app_config": "appconfigdata",
    "DynamoDBProvider": "dynamodb",
    "DynamoDBPersistenceLayer": "dynamodb",
    "AWSEncryptionSDKProvider": "kms",
    "S3Object": "s3",
}
"""What of aws_lambda_powertools calls a service by itself, and which."""


@dataclass(frozen=True)
class ClientCall:
    """A call that makes a client.

    Attributes:
        file: from the repository's root.
        line: in it.
        service: as boto3 names it.
        timeouts: the name in ``pipeline.clients`` of how long it waits; None if it is made by hand.
    """

    file: Path
    line: int
    service: str
    timeouts: str | None

    def __str__(self) -> str:
        return f"{self.file.as_posix()}:{self.line} {self.service}"


def of_function(name: str) -> frozenset[ClientCall]:
    """What one function can call: its own folder and its layers."""
    layers = (Path("layers") / each / "python" for each in LAYERS[name])
    return frozenset(
        call
        for folder in (Path("functions") / name, *layers)
        for call in in_folder(folder)
        if ROOT / call.file != CLIENTS
    )


def services(name: str) -> frozenset[str]:
    """The services that one function can call."""
    return frozenset(call.service for call in of_function(name))


@cache
def in_folder(folder: Path) -> frozenset[ClientCall]:
    """Every call that makes a client in the Python files below ``folder``, from the root."""
    return frozenset(
        call
        for file in sorted((ROOT / folder).rglob("*.py"))
        for call in in_source(file.read_text("utf-8"), file.relative_to(ROOT))
    )


def in_source(source: str, file: Path) -> Iterator[ClientCall]:
    """Every call that makes a client in one module.

    Raises:
        AssertionError: the service cannot be told from the source.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == CLIENTS_MODULE:
            imported = {each.name for each in node.names} & {*made_by()}
            assert not imported, f"{file}:{node.lineno}: import the module {CLIENTS_MODULE}"
        if not isinstance(node, ast.Call):
            continue
        owner, _, function = ast.unparse(node.func).rpartition(".")
        if owner == "clients":
            (timeouts,) = (ast.unparse(each).rpartition(".")[2] for each in node.args)
            yield ClientCall(file, node.lineno, made_by()[function], timeouts)
        elif function in MAKERS and owner:
            service = _service(node, f"{file}:{node.lineno}")
            if service is not None:
                yield ClientCall(file, node.lineno, service, None)
        elif function in POWERTOOLS and not _has_client(node):
            yield ClientCall(file, node.lineno, POWERTOOLS[function], None)


@cache
def made_by() -> dict[str, str]:
    """The service of each function in ``pipeline.clients``."""
    found = {}
    for node in ast.parse(CLIENTS.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            inside = in_source(ast.unparse(node), CLIENTS.relative_to(ROOT))
            (found[node.name],) = (call.service for call in inside)
    return found


@cache
def _known() -> frozenset[str]:
    return frozenset(botocore.session.Session().get_available_services())


def _service(node: ast.Call, place: str) -> str | None:
    """The service that the first argument names; None where the call is no matter of boto3's."""
    named = [each.value for each in node.keywords if each.arg == "service_name"]
    first = next(iter((*node.args, *named)), None)
    if isinstance(first, ast.Constant):
        return first.value if first.value in _known() else None
    assert first is None, f"{place}: which service this is cannot be told; name it"
    return None


def _has_client(node: ast.Call) -> bool:
    """Whether Powertools is handed a client, which then counts where that is made."""
    return any(each.arg == "boto3_client" for each in node.keywords)
