"""What the processor function needs to know."""

from pipeline.options import StoreName
from pipeline.settings import Settings, Stores


class ProcessorSettings(Settings):
    """``images_url`` is the public address of the images' bucket without a trailing slash.

    ``stores`` are where images may be kept. ``cloudinary_secret_arn`` names the secret that holds
    the account's CLOUDINARY_URL (empty where there is none), ``cloudinary_uploads`` is how many
    uploads one function may have under way.

    ``allowed_networks`` are comma-separated networks that may be fetched from although they are not
    public; ``contact`` goes into the User-Agent. Both may be empty.
    """

    images_bucket: str
    images_url: str
    images_queue_url: str
    outcomes_queue_url: str
    allowed_networks: str
    contact: str
    stores: Stores = (StoreName.S3,)
    cloudinary_secret_arn: str = ""
    cloudinary_uploads: int = 5
