"""An account at Cloudinary as a second store: its credentials, and how many uploads it bears."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.findings import acknowledge
from infra.removal import kept
from infra.settings import SettingsError, Stage

EACH = 5
"""Uploads of one processor at once: about as many images as it compresses while one is sent."""

FEWEST = 2
"""Processors at once; an event source takes no smaller bound."""


class CloudinaryAccount(Construct):
    """The secret that an operator fills in; nobody but the processor reads it.

    Where the stage has no account, there is nothing.

    Attributes:
        secret: for the account's CLOUDINARY_URL.
        processors: invocations of the processor at once, so that all their uploads together are no
            more than the account allows.

    Raises:
        SettingsError: the account allows too few.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.secret: secretsmanager.Secret | None = None
        self.processors = stage.concurrency.processor
        self._uploads = EACH
        if stage.has_cloudinary:
            allowed = stage.cloudinary_uploads
            if allowed < FEWEST:
                raise SettingsError(f"cloudinary_uploads must be at least {FEWEST}.")
            self.processors = max(FEWEST, min(self.processors or allowed, allowed // EACH))
            self._uploads = max(1, allowed // self.processors)
            self.secret = self._made(stage)

    @property
    def environment(self) -> dict[str, str]:
        """How the processor learns of it."""
        return {
            "CLOUDINARY_SECRET_ARN": self.secret.secret_arn if self.secret else "",
            "CLOUDINARY_UPLOADS": str(self._uploads),
        }

    @property
    def outputs(self) -> dict[str, str]:
        """How an operator finds the secret."""
        return {"CloudinarySecret": self.secret.secret_arn} if self.secret else {}

    def grant_read(self, function: iam.IGrantable) -> None:
        """Allows reading the secret as it is, and nothing else."""
        if self.secret:
            function.grant_principal.add_to_principal_policy(
                iam.PolicyStatement(
                    actions=["secretsmanager:GetSecretValue"], resources=[self.secret.secret_arn]
                )
            )

    def _made(self, stage: Stage) -> secretsmanager.Secret:
        # Its first value is random; the processor says of it that nothing has been set up.
        secret = secretsmanager.Secret(
            self,
            "Secret",
            description=f"Darkroom {stage.name}: cloudinary://KEY:SECRET@CLOUD",
            removal_policy=kept(stage),
        )
        acknowledge(
            secret,
            {"SMG4": "Cloudinary makes the keys; docs/cloudinary.md tells how to change them."},
        )
        return secret
