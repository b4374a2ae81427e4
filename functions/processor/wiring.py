"""Making the stage's stores. What only one of them needs is imported with it: Cloudinary's SDK
costs a cold start some 30 ms."""
# ruff: noqa: PLC0415 (see above)

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from imaging.stores import Store
from imaging.stores.s3 import S3Store
from pipeline import clients
from pipeline.errors import ImageErrorCode, TransientError
from pipeline.options import StoreName
from processor.settings import ProcessorSettings
from processor.stores import Stores
from processor.uploads import Observe

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def stores(settings: ProcessorSettings, s3: "S3Client", observe: Observe) -> Stores:
    makers: dict[StoreName, Callable[[], Store]] = {
        StoreName.S3: lambda: S3Store(s3, bucket=settings.images_bucket, url=settings.images_url),
        StoreName.CLOUDINARY: partial(_cloudinary, settings, observe),
    }
    return Stores({name: makers[name] for name in settings.stores})


def _cloudinary(settings: ProcessorSettings, observe: Observe) -> Store:
    from imaging.stores.cloudinary.account import Credentials
    from imaging.stores.cloudinary.store import CloudinaryStore

    read = partial(_secret, settings.cloudinary_secret_arn)
    return CloudinaryStore(Credentials(read), uploads=settings.cloudinary_uploads, observe=observe)


def _secret(arn: str) -> str:
    """Its text as it is now.

    Raises:
        TransientError: it cannot be read.
    """
    try:
        client = clients.secrets_manager(clients.SHORT)
        return client.get_secret_value(SecretId=arn)["SecretString"]
    except (BotoCoreError, ClientError, KeyError):
        raise TransientError(
            ImageErrorCode.STORAGE_ERROR, "The credentials of the image store could not be read."
        ) from None
