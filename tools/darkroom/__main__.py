"""``darkroom``, and ``python -m darkroom``."""

import signal
import sys
from types import FrameType
from typing import NoReturn

from darkroom.errors import ExitCode


def main() -> NoReturn:
    """Runs the command that the arguments name; ends with one of ``ExitCode``."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        from darkroom.app import application  # noqa: PLC0415 (takes a while; Ctrl-C is quiet by now)

        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr] # both are text files
        application()(prog_name="darkroom")
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    sys.exit(ExitCode.DONE)


def _terminated(_: int, __: FrameType | None) -> NoReturn:
    """As an exception, so that half a file is removed and the cursor comes back."""
    sys.exit(ExitCode.TERMINATED)


if __name__ == "__main__":
    main()
