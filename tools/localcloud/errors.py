"""What can go wrong in a way that its reader can mend."""


class CloudError(Exception):
    """The local cloud cannot go on; the message is one sentence for the person at the terminal."""
