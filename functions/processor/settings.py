"""What the processor function needs to know."""

from pipeline.settings import Settings


class ProcessorSettings(Settings):
    """``images_url`` is the public address of the images' bucket without a trailing slash.

    ``allowed_networks`` are comma-separated networks that may be fetched from although they are not
    public; ``contact`` goes into the User-Agent. Both may be empty.
    """

    images_bucket: str
    images_url: str
    images_queue_url: str
    outcomes_queue_url: str
    allowed_networks: str
    contact: str
