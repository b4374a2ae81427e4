"""The CDK command line, run with the Node.js of its wheel."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from mypy_boto3_cloudformation.client import CloudFormationClient

from localcloud.errors import CloudError
from localcloud.https import Certificate
from localcloud.proxies import past_proxies

STACK = "darkroom-local"
ACCOUNT = "000000000000"
REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "local"}
BOOTSTRAPPED = "/cdk-bootstrap/hnb659fds/version"
"""The parameter by which the CDK tells that an account and region have been prepared for it."""
SOURCES = ("app.py", "cdk.json", "infra", "functions", "layers")


class Cdk:
    """Deploys one checkout onto one emulator."""

    def __init__(self, root: Path, state: Path, *, certificate: Certificate | None = None) -> None:
        self.root = root
        self._certificate = certificate
        self.log = state / "deploy.log"
        # One for each checkout that is deployed onto the same cloud.
        self._output = state / "cdk.out" / hashlib.sha256(str(root).encode()).hexdigest()[:8]
        self._made_from = self._output / "made-from"

    def bootstrap(self, endpoint_url: str, *, account: str = ACCOUNT, region: str = REGION) -> None:
        """Makes what every deploy needs: a bucket for assets, and roles."""
        target = f"aws://{account}/{region}"
        # Without an app: synthesis takes longer than all the rest of it.
        self._run(endpoint_url, region, "bootstrap", target, "--app", "")

    def synthesise(
        self, endpoint_url: str, context: Mapping[str, str], *, region: str = REGION
    ) -> None:
        """Makes what is deployed, unless it has been made from the same sources and context. It
        takes longer than the deploy.

        Raises:
            CloudError: it failed; it has the reason that the app gave.
        """
        wanted = self.fingerprint(json.dumps(dict(context)), region)
        if self._made_from.exists() and self._made_from.read_text() == wanted:
            return
        self._made_from.unlink(missing_ok=True)
        pairs = [part for key, value in context.items() for part in ("-c", f"{key}={value}")]
        arguments = ("--quiet", "--output", str(self._output), *pairs)
        self._run(endpoint_url, region, "synth", STACK, *arguments)
        self._made_from.write_text(wanted)

    def deploy(
        self, endpoint_url: str, context: Mapping[str, str], *, region: str = REGION
    ) -> None:
        """Synthesises and deploys.

        Raises:
            CloudError: either failed; it has the reason that CloudFormation or the app gave.
        """
        self.synthesise(endpoint_url, context, region=region)
        arguments = ("--require-approval", "never", "--progress", "events")
        self._run(endpoint_url, region, "deploy", STACK, "--app", str(self._output), *arguments)

    def fingerprint(self, *others: str) -> str:
        """Hash of everything that a deploy is made from."""
        total = hashlib.sha256("\0".join(others).encode())
        for name in SOURCES:
            source = self.root / name
            for file in sorted([source] if source.is_file() else source.rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    total.update(str(file.relative_to(self.root)).encode() + b"\0")
                    total.update(hashlib.sha256(file.read_bytes()).digest())
        return total.hexdigest()

    def _run(self, endpoint_url: str, region: str, *arguments: str) -> None:
        command = [*command_line(self.root), *arguments, "--no-notices", "--no-color"]
        environment = {
            **own_environment(self.root),
            **CREDENTIALS,
            **(self._certificate.environment if self._certificate else {}),
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_ENDPOINT_URL": endpoint_url,
            **past_proxies({}, endpoint_url),
            "CI": "1",  # results to stdout, no questions
        }
        with self.log.open("wb") as log:
            done = subprocess.run(
                command,
                cwd=self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise CloudError(f"`cdk {arguments[0]}` failed: {self._reason()} ({self.log})")

    def _reason(self) -> str:
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines()]
        told = [line for line in lines if "❌" in line or "FAILED" in line or "Error:" in line]
        return " / ".join((told or [line for line in lines if line])[-3:])


def command_line(root: Path) -> list[str]:
    """The command that runs ``cdk``."""
    node = root / ".venv" / "bin" / "node"
    return [str(node), str(root / ".local" / "cdk" / "node_modules" / "aws-cdk" / "bin" / "cdk")]


def call(root: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> int:
    """Runs ``cdk`` for the person at the terminal; its exit code."""
    command = [*command_line(root), *arguments, "--no-notices"]
    return subprocess.run(command, cwd=root, env=environment, check=False).returncode


def own_environment(root: Path) -> dict[str, str]:
    """This shell's environment without anything that leads to somebody's real account."""
    foreign = ("AWS_", "CDK_", "CLOUDINARY_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    paths = [str(root / ".venv" / "bin"), os.environ.get("PATH", os.defpath)]
    return {
        **kept,
        "PATH": os.pathsep.join(paths),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def session(region: str = REGION) -> boto3.Session:
    """A session with the emulator's credentials, whatever is configured on this machine.

    Not even the profile that the environment names is looked up: there may be none of that name.
    """
    unread = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    return boto3.Session(
        botocore_session=botocore.session.Session(session_vars=unread),
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=region,
    )


def client(
    service: str, endpoint_url: str, *, region: str = REGION, config: Config | None = None
) -> Any:  # noqa: ANN401 (of any service)
    """The client of a service that is known by its name only."""
    make: Any = session(region).client
    return make(service, endpoint_url=endpoint_url, config=config)


def is_bootstrapped(endpoint_url: str, *, region: str = REGION) -> bool:
    """Whether somebody has prepared the emulator for the CDK already."""
    parameters = client("ssm", endpoint_url, region=region)
    try:
        parameters.get_parameter(Name=BOOTSTRAPPED)
    except parameters.exceptions.ParameterNotFound:
        return False
    return True


def outputs(endpoint_url: str, *, region: str = REGION) -> dict[str, str]:
    """The deployed stack's outputs by name."""
    stacks: CloudFormationClient = session(region).client(
        "cloudformation", endpoint_url=endpoint_url
    )
    stack = stacks.describe_stacks(StackName=STACK)["Stacks"][0]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
