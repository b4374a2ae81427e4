"""``python -m deployment COMMAND``: what the Makefile calls for everything on AWS.

What to do stands in the environment, as `make` puts it there: ``STAGE``, ``ALARM_EMAIL`` and so on.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from deployment import account as aws
from deployment import buckets, cdk
from deployment.asking import confirm
from deployment.deploy import deploy as run_deploy
from deployment.deploy import diff as run_diff
from deployment.destroy import destroy as run_destroy
from deployment.errors import DeploymentError
from deployment.request import STAGES, read
from localcloud.cdk import call, own_environment
from localcloud.errors import CloudError

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    command, rest = (arguments or [""])[0], arguments[1:]
    if command not in COMMANDS:
        print(f"usage: deployment {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    os.environ["NO_PROXY"] = ",".join(["127.0.0.1,localhost", os.environ.get("NO_PROXY", "")])
    try:
        return COMMANDS[command](*rest)
    except (DeploymentError, CloudError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"darkroom: {aws.explain(error)}", file=sys.stderr)
    except OSError as error:  # a full disk, a folder that somebody else owns
        print(f"darkroom: {error}.", file=sys.stderr)
    except (KeyboardInterrupt, EOFError):
        print("\ndarkroom: interrupted; the same command carries on.", file=sys.stderr)
        return 130
    return 1


def deploy() -> int:
    request = read("deploy", os.environ)
    return run_deploy(ROOT, aws.sign_in(), request, report)


def diff() -> int:
    request = read("diff", os.environ)
    return run_diff(ROOT, aws.sign_in(), request)


def destroy() -> int:
    request = read("destroy", os.environ)
    return run_destroy(aws.sign_in(), request, report)


def bootstrap() -> int:
    """Prepares an account and region, once, for all that CDK deploys there."""
    account = aws.sign_in()
    report(f"Preparing account {account.number} in {account.region} for CDK …")
    # Without an app: that would be synthesised first, for nothing.
    target = f"aws://{account.number}/{account.region}"
    return cdk.run(ROOT, account, "bootstrap", target, "--app", "", context={})


def delete_bucket() -> int:
    """Empties and deletes one bucket that a deleted stack has left behind."""
    name = os.environ.get("BUCKET", "").strip()
    if not name:
        raise DeploymentError("No bucket is named: say make delete-bucket BUCKET=….")
    account = aws.sign_in()
    confirm(name, said=os.environ.get("CONFIRM", "").strip(), what="delete it and all in it")
    report(f"{buckets.empty(account, name)} objects deleted.")
    account.client("s3").delete_bucket(Bucket=name)
    report(f"{name} is deleted.")
    return 0


def rehearse() -> int:
    """Lives a stage's whole life, in an AWS account or on a local cloud."""
    # Pictures need packages that the other commands do without.
    from deployment.rehearsal import places  # noqa: PLC0415

    return places.rehearse(ROOT, os.environ, report)


def synth(stage: str = "") -> int:
    """Synthesises a stage and holds it to cdk-nag's rules, without calling AWS."""
    if stage not in STAGES:
        raise DeploymentError("Name the stage to synthesise: dev or prod.")
    output = ROOT / ".local" / "synth" / stage
    arguments = ("--quiet", "-c", f"stage={stage}", "--output", str(output))
    return call(ROOT, "synth", *arguments, environment=own_environment(ROOT))


def report(line: str) -> None:
    print(line, flush=True)


COMMANDS: dict[str, Callable[..., int]] = {
    "deploy": deploy,
    "diff": diff,
    "destroy": destroy,
    "bootstrap": bootstrap,
    "delete-bucket": delete_bucket,
    "rehearse": rehearse,
    "synth": synth,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
