"""What this shell has set for other programs, which must not lead the tests anywhere else."""

import os
import re

from localcloud.proxies import past_proxies

FOREIGN = re.compile(
    r"(AWS|CDK|CLOUDINARY|DARKROOM|GITHUB|POWERTOOLS)_\w+"
    r"|PG[A-Z]+"  # libpq's
    # What functions read: a test sets it, or means it to be missing.
    r"|DATABASE_(URL|SECRET_ARN)|\w+_(BUCKET|QUEUE_URL)|(API|IMAGES)_URL"
    r"|ALLOWED_NETWORKS|CONTACT|RETENTION_DAYS|STORES|LOG_LEVEL"
    # Whether output has colours, and how wide it is.
    r"|(FORCE|NO|PY)_COLORS?|CLICOLOR(_FORCE)?|TTY_\w+|COLUMNS|LINES"
)
OURS = {"DARKROOM_PYTHON", "DARKROOM_SCREENSHOT"}

NO_ACCOUNT = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Else boto3 would find one in the home folder, or ask the machine for it."""


def forget() -> None:
    """Takes it out of the environment of this process, and so of all that it starts."""
    for name in [name for name in os.environ if FOREIGN.fullmatch(name)]:
        if name not in OURS:
            del os.environ[name]
    os.environ.update(NO_ACCOUNT | past_proxies(os.environ))
