"""CloudFront before the bucket of images. Catalogues link to it, so it outlives its stack."""

from aws_cdk import Aws
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.findings import acknowledge
from infra.removal import kept, unique_suffix
from infra.settings import SettingsError, Stage


class Cdn:
    """Serves the objects under one prefix of a bucket that nobody else can read.

    The distribution, its right to read, and the bucket with that right in its policy are kept
    together: if one went, every catalogue would show broken images.

    Args:
        scope: the construct that owns the distribution.
        prefix: of the objects that may be served.

    Raises:
        SettingsError: the images' own domain has no certificate.

    Attributes:
        distribution: made as ``Cdn`` in ``scope``. Another place would be another distribution,
            and all links would lead to the old one.
        url: public base address of the objects, no trailing slash.
    """

    def __init__(self, scope: Construct, *, images: s3.Bucket, prefix: str, stage: Stage) -> None:
        if stage.images_domain and not stage.images_certificate:
            raise SettingsError(
                f"{stage.images_domain} needs a certificate: name it by -c images_certificate=…; "
                "`make deploy` finds it."
            )
        access = cloudfront.S3OriginAccessControl(
            scope,
            "CdnAccess",
            # Names are unique in an account, and the one of a deleted stack may still be there.
            origin_access_control_name=f"darkroom-{stage.name}-{unique_suffix(scope)}",
        )
        self.distribution = _distribution(scope, images, access, stage)
        self.url = f"https://{stage.images_domain or self.distribution.distribution_domain_name}"
        images.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudfront.amazonaws.com")],
                actions=["s3:GetObject"],
                resources=[images.arn_for_objects(f"{prefix}/*")],
                conditions={"StringEquals": {"AWS:SourceArn": self._arn}},
            )
        )
        for part in (access, self.distribution, images.policy):
            if part is not None:
                part.apply_removal_policy(kept(stage))

    @property
    def outputs(self) -> dict[str, str]:
        """How an operator finds the distribution, and where a domain of one's own must lead."""
        return {
            "ImagesDistribution": self.distribution.distribution_id,
            "ImagesDomainTarget": self.distribution.distribution_domain_name,
        }

    @property
    def _arn(self) -> str:
        own = self.distribution.distribution_id
        return f"arn:{Aws.PARTITION}:cloudfront::{Aws.ACCOUNT_ID}:distribution/{own}"


def _distribution(
    scope: Construct, images: s3.Bucket, access: cloudfront.S3OriginAccessControl, stage: Stage
) -> cloudfront.Distribution:
    distribution = cloudfront.Distribution(
        scope,
        "Cdn",
        comment=f"Darkroom images ({stage.name})",
        default_behavior=cloudfront.BehaviorOptions(
            # CDK's own way to give access would let CloudFront read the whole bucket.
            origin=origins.S3BucketOrigin.with_bucket_defaults(
                images, origin_access_control_id=access.origin_access_control_id
            ),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            response_headers_policy=(
                cloudfront.ResponseHeadersPolicy.CORS_ALLOW_ALL_ORIGINS_AND_SECURITY_HEADERS
            ),
            compress=False,  # images are compressed
        ),
        http_version=cloudfront.HttpVersion.HTTP2_AND_3,
        domain_names=[stage.images_domain] if stage.images_domain else None,
        certificate=(
            acm.Certificate.from_certificate_arn(scope, "Certificate", stage.images_certificate)
            if stage.images_domain
            else None
        ),
        # With CloudFront's own name the certificate, and so the versions of TLS, are CloudFront's.
        minimum_protocol_version=(
            cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if stage.images_domain else None
        ),
    )
    acknowledge(
        distribution,
        {
            "CFR1": "Product images are shown wherever the shop sells.",
            "CFR2": "Static files only: a firewall has no application to protect here.",
            "CFR3": "Who looks at which product image is nobody's business.",
        },
    )
    if not stage.images_domain:
        acknowledge(
            distribution,
            {
                "CFR4": "The cloudfront.net certificate fixes the TLS versions; "
                "a domain of one's own (images_domain) lifts that.",
            },
        )
    return distribution
