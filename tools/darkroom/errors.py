"""Everything that ends a command early, and the exit codes that scripts can use.

::

    CommandError                  ``message`` is one sentence for the person at the terminal
    ├── UsageError            2   what was asked cannot be done as it was asked
    ├── ServiceError          1   the API or the storage said no; ``problem`` is what it said
    ├── Unreachable           1   nothing came back
    └── Interrupted         130   Ctrl-C; the message says how to come back
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    WITH_FAILURES = 3
    NO_RESULT = 4
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


class CommandError(Exception):
    """A command that cannot go on."""

    code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class UsageError(CommandError):
    """A missing setting, a file that cannot be read or written, options that exclude each other."""

    code = ExitCode.USAGE


class ServiceError(CommandError):
    """An answer that is an error.

    Args:
        status: of the HTTP answer.
        problem: its RFC 9457 problem details, if it had any.
        retry_after: seconds that it asked us to wait, if it did.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        problem: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem or {}
        self.retry_after = retry_after


class Unreachable(CommandError):  # noqa: N818 (says what is the case)
    """No answer.

    Args:
        sent: whether the request may have reached the other side.
    """

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class Interrupted(CommandError):  # noqa: N818 (says what happened)
    """The person at the terminal has had enough."""

    code = ExitCode.INTERRUPTED
