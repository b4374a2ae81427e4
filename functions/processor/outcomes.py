"""What a batch came to, in as few messages as SQS takes."""

from collections.abc import Iterable, Iterator

from pipeline.messages import ImageFinished, ImagesFinished

LARGEST_MESSAGE = 200_000
"""Bytes of outcomes in one message. SQS takes 256 KiB, and JSON's punctuation comes on top."""


def messages(outcomes: Iterable[ImageFinished]) -> Iterator[ImagesFinished]:
    """The outcomes in order, in messages that are each small enough."""
    part: list[ImageFinished] = []
    size = 0
    for outcome in outcomes:
        length = len(outcome.as_json().encode()) + 1
        if part and size + length > LARGEST_MESSAGE:
            yield ImagesFinished(outcomes=part)
            part, size = [], 0
        part.append(outcome)
        size += length
    if part:
        yield ImagesFinished(outcomes=part)
