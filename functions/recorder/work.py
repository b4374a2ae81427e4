"""A batch on its way into PostgreSQL: halved where it fails, until what fails is alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pipeline.messages import DeliveryAttempted, ImageFinished

Report = ImageFinished | DeliveryAttempted


@dataclass(frozen=True)
class Reported:
    """One report, and the message that it came with.

    ``receives`` counts how often SQS has handed that out, this time included.
    """

    message_id: str
    receives: int
    report: Report


@dataclass(frozen=True)
class Moved:
    """What a portion has changed: jobs it closed, jobs that it made a milestone of to announce, and
    jobs with deliveries to be tried again; and the attempts that it had."""

    closed: Sequence[UUID] = ()
    progressed: Sequence[UUID] = ()
    retried: Sequence[UUID] = ()
    attempts: Sequence[DeliveryAttempted] = ()


@dataclass
class Work:
    """What is left of a batch, and what came of the rest. It outlives a connection that breaks.

    Attributes:
        left: portions that are not recorded yet, the next one at the end.
        recorded: how many reports are.
        moved: what that has changed.
        refused: reports that fail by themselves, and why.
        late: reports for which there was no time.
    """

    left: list[Sequence[Reported]]
    recorded: int = 0
    moved: list[Moved] = field(default_factory=list)
    refused: list[tuple[Reported, Exception]] = field(default_factory=list)
    late: list[Reported] = field(default_factory=list)

    def add(self, portion: Sequence[Reported], moved: Moved) -> None:
        """Notes a portion that is recorded."""
        self.recorded += len(portion)
        self.moved.append(moved)

    def halve(self, portion: Sequence[Reported]) -> None:
        """Puts a portion of several reports back as two."""
        half = len(portion) // 2
        self.left += [portion[half:], portion[:half]]

    def leave(self, portions: Iterable[Sequence[Reported]]) -> None:
        """Gives portions up for this time."""
        self.late += [each for portion in portions for each in portion]
