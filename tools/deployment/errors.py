"""What stops a command in a way that its reader can mend."""


class DeploymentError(Exception):
    """The command cannot go on; the message is one sentence for the person at the terminal."""
