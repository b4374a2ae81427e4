"""What the notifier function needs to know."""

from pipeline.settings import Settings


class NotifierSettings(Settings):
    """``allowed_networks`` are comma-separated CIDRs that may be reached although not public;
    ``contact`` is where a receiver's owner finds the operator."""

    outcomes_queue_url: str
    allowed_networks: str
    contact: str
