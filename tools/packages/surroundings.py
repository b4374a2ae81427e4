"""What a journey needs around the functions: a shop with pictures, buckets, queues, settings."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from mypy_boto3_s3.client import S3Client
from mypy_boto3_secretsmanager.client import SecretsManagerClient
from mypy_boto3_sqs.client import SQSClient
from PIL import Image, ImageCms

from localcloud import cdk
from localcloud.servers import LoopbackServer, Visit
from packages import contents
from packages.contents import Package

BUCKETS = ("uploads", "results", "images")
QUEUES = ("uploads", "images", "outcomes", "finished", "deliveries")
FORMATS = ("jpeg", "png", "webp", "gif", "avif", "tiff", "bmp")


class Origin(LoopbackServer):
    """A shop with one picture in each format that the project reads."""

    def __init__(self) -> None:
        super().__init__(self._visit())
        self.pictures = {f"/{name}.{name}": _picture(name) for name in FORMATS}

    def _visit(origin) -> type[Visit]:  # noqa: N805 (the visit has its self)
        class Get(Visit):
            def do_GET(self) -> None:  # noqa: N802 (http.server's name)
                data = origin.pictures.get(self.path)
                self.answer(HTTPStatus.OK if data else HTTPStatus.NOT_FOUND, data or b"")

        return Get


def _picture(name: str) -> bytes:
    """A gradient; as JPEG with a profile, which has to be looked into."""
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize((96, 64)).convert("RGB")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.save(out, format=name, **({"icc_profile": profile} if name == "jpeg" else {}))
    return out.getvalue()


@dataclass(frozen=True)
class Services:
    """What functions use, made for them."""

    s3: S3Client
    sqs: SQSClient
    endpoint_url: str
    database_url: str
    database_secret: str
    """ARN of a secret that leads to the same database, as RDS writes one."""
    queues: Mapping[str, str]

    @classmethod
    def make(cls, endpoint_url: str, database_url: str) -> "Services":
        session = cdk.session()
        s3: S3Client = session.client("s3", endpoint_url=endpoint_url)
        sqs: SQSClient = session.client("sqs", endpoint_url=endpoint_url)
        for name in BUCKETS:
            s3.create_bucket(Bucket=name)
        queues = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
        s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_notification_configuration(
            Bucket="uploads",
            NotificationConfiguration={
                "QueueConfigurations": [
                    {"QueueArn": arn("uploads"), "Events": ["s3:ObjectCreated:*"]}
                ]
            },
        )
        secrets: SecretsManagerClient = session.client("secretsmanager", endpoint_url=endpoint_url)
        secret = secrets.create_secret(Name="database", SecretString=_as_rds_writes(database_url))
        return cls(s3, sqs, endpoint_url, database_url, secret["ARN"], queues)

    def settings(self, package: Package) -> dict[str, str]:
        """A function's variables, as a deploy would fill them in."""
        known = {
            **{f"{name.upper()}_BUCKET": name for name in BUCKETS},
            **{f"{name.upper()}_QUEUE_URL": url for name, url in self.queues.items()},
            "API_URL": "https://api.example",
            "IMAGES_URL": f"{self.endpoint_url}/images",
            "ALLOWED_NETWORKS": "127.0.0.0/8",
            "DATABASE_SECRET_ARN": self.database_secret,
        }
        filled = contents.settings(package)
        filled |= {key: value for key, value in known.items() if key in filled}
        return filled | {"AWS_ENDPOINT_URL": self.endpoint_url}

    def without_tls(self, settings: dict[str, str]) -> dict[str, str]:
        """The same, with the database's address in place of a secret.

        By the secret it is reached with TLS alone, which this PostgreSQL does not have.
        """
        if "DATABASE_SECRET_ARN" not in settings:
            return settings
        kept = {key: value for key, value in settings.items() if key != "DATABASE_SECRET_ARN"}
        return kept | {"DATABASE_URL": self.database_url}


def _as_rds_writes(database_url: str) -> str:
    url = urlsplit(database_url)
    return json.dumps(
        {
            "host": url.hostname,
            "port": url.port,
            "dbname": url.path.lstrip("/"),
            "username": url.username,
            "password": url.password,
        }
    )


def arn(queue: str) -> str:
    return f"arn:aws:sqs:{cdk.REGION}:{cdk.ACCOUNT}:{queue}"
