"""Assets as ``cdk`` uploads them: synthesised, zipped and put into the emulator's bucket."""

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mypy_boto3_s3.client import S3Client

from infra import bundling
from localcloud import cdk
from localcloud.errors import CloudError
from localcloud.processes import last_lines
from packages.interpreter import Interpreter

STAGE = "dev"
"""All stages for AWS have the same packages."""

HERE = "layers-here"
"""Name of the stack of ``packages.assembly``."""

PYTHON, PLATFORM = "packages-python", "packages-platform"
"""Keys of its context: for whom its layers are."""

BUCKET = f"cdk-hnb659fds-assets-{cdk.ACCOUNT}-{cdk.REGION}"
"""As ``cdk bootstrap`` names it."""

Template = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """What one synthesis uploaded."""

    zips: Path
    """Folder with the zips under their names in the bucket, ``<hash>.zip``."""
    aws: Template
    here: dict[str, str]
    """Names of the zips of the layers that were built for this machine, by the layer's; empty where
    AWS's own run here."""


@dataclass(frozen=True)
class Synthesis:
    """One synthesis of one checkout."""

    checkout: Path
    root: Path
    """Where the environments are, which is another folder for a copy of the sources."""
    python: Interpreter
    umask: int = 0o022
    environment: Mapping[str, str] | None = None
    """In place of this shell's: another time zone, another cache of packages."""

    def publish(self, endpoint_url: str, folder: Path) -> Published:
        """Uploads the assets to an emulator that is bootstrapped, and fetches them from there.

        Raises:
            CloudError: they could not be made or uploaded; it has the reason.
        """
        (folder / "zips").mkdir(parents=True)
        name = f"darkroom-{STAGE}"
        app = [sys.executable, "app.py"]
        aws = self._upload(endpoint_url, folder, name, app, {"stage": STAGE})
        here = {}
        if context := self._context():
            app = [sys.executable, "-m", "packages.assembly"]
            outputs = self._upload(endpoint_url, folder, HERE, app, context)["Outputs"]
            here = {
                key.removesuffix("Layer").lower(): each["Value"] for key, each in outputs.items()
            }
        return Published(folder / "zips", aws, here)

    def _upload(
        self,
        endpoint_url: str,
        folder: Path,
        stack: str,
        app: Sequence[str],
        context: Mapping[str, str],
    ) -> Template:
        """Adds an app's zips to those of the folder; its one stack's template."""
        output = folder / stack
        pairs = [part for key, value in context.items() for part in ("-c", f"{key}={value}")]
        command = [
            *cdk.command_line(self.root),
            *("publish-assets", "--all", "--unstable=publish-assets", "--no-notices", "--no-color"),
            *("--app", shlex.join(app), "--output", str(output), *pairs),
        ]
        self._run(command, endpoint_url, folder / f"{stack}.log")
        s3: S3Client = cdk.session().client("s3", endpoint_url=endpoint_url)
        assets = json.loads((output / f"{stack}.assets.json").read_text())["files"]
        for key in {_key(each) for each in assets.values()}:
            if key.endswith(".zip"):
                s3.download_file(BUCKET, key, str(folder / "zips" / key))
            # Its name tells what it was made from, not how: the next synthesis uploads its own.
            s3.delete_object(Bucket=BUCKET, Key=key)
        template: Template = json.loads((output / f"{stack}.template.json").read_text())
        return template

    def _run(self, command: Sequence[str], endpoint_url: str, log: Path) -> None:
        environment = {
            **cdk.own_environment(self.root),
            **cdk.CREDENTIALS,
            **(self.environment or {}),
            "AWS_ENDPOINT_URL": endpoint_url,
            "NO_PROXY": "127.0.0.1,localhost",
            "CDK_VALIDATION": "false",  # `make synth` validates; it takes longer than all of this
            "CI": "1",
        }
        with log.open("wb") as written:
            done = subprocess.run(
                command,
                cwd=self.checkout,
                env=environment,
                umask=self.umask,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise CloudError(f"`cdk publish-assets` failed: {last_lines(log)} ({log})")

    def _context(self) -> dict[str, str]:
        """For layers of this machine's own: empty where those of AWS can be imported themselves."""
        platform = self.python.platform
        if platform is None or (platform == bundling.LAMBDA.platform and self.python.is_lambdas):
            return {}
        return {PYTHON: self.python.version, PLATFORM: platform}


def _key(asset: dict[str, Any]) -> str:
    (destination,) = asset["destinations"].values()
    key: str = destination["objectKey"]
    return key
