"""Outcomes in messages that SQS takes."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ImageErrorCode
from pipeline.messages import Failure, ImageFinished
from pipeline.states import ImageStatus
from processor.outcomes import messages

JOB = UUID("0199a1de-0000-7000-8000-000000000002")


def failed(position: int, text: str) -> ImageFinished:
    return ImageFinished(
        job_id=JOB,
        position=position,
        status=ImageStatus.FAILED,
        error=Failure(code=ImageErrorCode.NOT_FOUND, message=text),
    )


@given(st.lists(st.sampled_from([10, 1_000, 60_000, 150_000]), max_size=30))
def test_every_outcome_is_in_one_message_in_order_and_each_message_fits(sizes: list[int]) -> None:
    outcomes = [failed(n, "ä" * (size // 2)) for n, size in enumerate(sizes)]
    made = list(messages(outcomes))
    assert [each for message in made for each in message.outcomes] == outcomes
    for message in made:
        assert 0 < len(message.as_json().encode()) < 256 * 1024


def test_a_batch_is_one_message() -> None:
    assert len(list(messages(failed(n, "gone") for n in range(10)))) == 1
