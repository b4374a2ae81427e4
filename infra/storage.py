"""The three buckets: what users send, what they get back, and the images, public through a CDN."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.cdn import Cdn
from infra.findings import acknowledge
from infra.queues import WorkQueue
from infra.removal import kept
from infra.settings import Stage

UPLOAD_NEWEST_DAYS = 7
"""How long an upload is found by its key alone, as the janitor looks for it within the hour. It
could be a day; a week leaves time for an outage, or to restore the database."""

ACCESS_LOG_DAYS = 90

CANCELLED = "cancelled"
"""Prefix of the marks that tell the processor which jobs were cancelled."""

MARK_DAYS = 15
"""One more than a message can lie on the queue of images."""


class JobBucket(Construct):
    """A bucket whose objects are under one prefix, named by job.

    Attributes:
        bucket: the bucket itself.
        name: of the bucket.
    """

    def __init__(
        self,
        scope: Construct,
        prefix: str,
        *,
        stage: Stage,
        access_logs: s3.Bucket | None,
        lifecycle: s3.LifecycleRule,
        versioned: bool = False,
        cors: s3.HttpMethods | None = None,
    ) -> None:
        super().__init__(scope, prefix.capitalize())
        self._prefix = prefix
        # On the local cloud the images have no CDN before them and are public themselves.
        public = stage.local is not None and prefix == "images"
        block = s3.BlockPublicAccess
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            versioned=versioned,
            cors=[_any_origin(cors)] if cors else None,
            lifecycle_rules=[lifecycle],
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=stage.local is None,
            public_read_access=public,
            block_public_access=block.BLOCK_ACLS_ONLY if public else block.BLOCK_ALL,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{prefix}/" if access_logs else None,
            removal_policy=kept(stage),
        )
        self.name = self.bucket.bucket_name

    def allow(self, function: lambda_.IFunction, *actions: str, prefix: str | None = None) -> None:
        """Grants actions on the objects, and nothing on the bucket.

        Args:
            prefix: of the objects, if it is not the bucket's.
        """
        prefix = prefix or self._prefix
        objects = self.bucket.arn_for_objects(f"{prefix}/*")
        function.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=[*actions], resources=[objects])
        )
        own = Stack.of(self).get_logical_id(_resource(self.bucket))
        acknowledge(
            function.role or function,
            {f"IAM5[Resource::<{own}.Arn>/{prefix}/*]": "Objects are named by job."},
        )

    def allow_listing(self, function: lambda_.IFunction) -> None:
        """Without it S3 answers 403, not 404, for an object that does not exist."""
        function.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.bucket.bucket_arn])
        )

    def notify(self, queue: WorkQueue) -> None:
        """Tells ``queue`` of each CSV that arrives.

        Written into the bucket itself: CDK's own way adds a function that may rewrite the
        notifications of any bucket.
        """
        policy = queue.accept_from_s3()
        rule = s3.CfnBucket.FilterRuleProperty
        wanted = [
            rule(name="prefix", value=f"{self._prefix}/"),
            rule(name="suffix", value=".csv"),
        ]
        bucket = _resource(self.bucket)
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            queue_configurations=[
                s3.CfnBucket.QueueConfigurationProperty(
                    event="s3:ObjectCreated:*",
                    queue=queue.arn,
                    filter=s3.CfnBucket.NotificationFilterProperty(
                        s3_key=s3.CfnBucket.S3KeyFilterProperty(rules=wanted)
                    ),
                )
            ]
        )
        bucket.node.add_dependency(policy)  # S3 tries to send as soon as it is told to


class Storage(Construct):
    """Attributes:
    uploads, results, images: the buckets.
    images_url: public base address of the objects in ``images``, no trailing slash.
    cdn: what serves them there; none on the local cloud.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        access_logs = None if stage.local else self._access_logs(stage)
        expires = Duration.days(stage.retention_days)
        day = Duration.days(1)
        self.uploads = JobBucket(
            self,
            "uploads",
            stage=stage,
            access_logs=access_logs,
            versioned=True,
            cors=s3.HttpMethods.POST,
            lifecycle=s3.LifecycleRule(
                # A job reads the version that started it, also for a retry, however often its key
                # was written again meanwhile: a version is kept as long after it was superseded.
                noncurrent_version_expiration=expires,
                # Where there are versions this deletes none, it supersedes the newest. Whatever it
                # says is added to the days above, also for uploads that nobody wrote again.
                expiration=Duration.days(UPLOAD_NEWEST_DAYS),
                abort_incomplete_multipart_upload_after=day,
            ),
        )
        self.results = JobBucket(
            self,
            "results",
            stage=stage,
            access_logs=access_logs,
            cors=s3.HttpMethods.GET,
            lifecycle=s3.LifecycleRule(
                expiration=expires, abort_incomplete_multipart_upload_after=day
            ),
        )
        # No expiry: catalogues link to these for as long as they sell the product.
        self.images = JobBucket(
            self,
            "images",
            stage=stage,
            access_logs=access_logs,
            lifecycle=s3.LifecycleRule(abort_incomplete_multipart_upload_after=day),
        )
        self.images.bucket.add_lifecycle_rule(
            prefix=f"{CANCELLED}/", expiration=Duration.days(MARK_DAYS)
        )
        self.cdn: Cdn | None = None
        if stage.local:
            self.images_url = f"{stage.local.endpoint_url}/{self.images.name}"
        else:
            self.cdn = Cdn(self, images=self.images.bucket, prefix="images", stage=stage)
            self.images_url = self.cdn.url

    def _access_logs(self, stage: Stage) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "AccessLogs",
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(ACCESS_LOG_DAYS))],
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            removal_policy=kept(stage),
        )
        acknowledge(bucket, {"S1": "A bucket of access logs that logged itself would never rest."})
        return bucket


def _resource(bucket: s3.Bucket) -> s3.CfnBucket:
    resource = bucket.node.default_child
    if not isinstance(resource, s3.CfnBucket):
        raise TypeError("the resource of a bucket is a CfnBucket")
    return resource


def _any_origin(method: s3.HttpMethods) -> s3.CorsRule:
    """For browsers. What a pre-signed request may do is in its signature, not in its origin."""
    return s3.CorsRule(
        allowed_origins=["*"],
        allowed_methods=[method],
        allowed_headers=["*"],
        exposed_headers=["ETag"],
        max_age=3600,
    )
