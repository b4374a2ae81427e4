"""Writing results, against moto's S3."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mypy_boto3_s3 import S3Client

from finisher.results import PART, Results, in_parts

KEY = "results/019ce3a0-1111-7abc-8def-000000000001.csv"
BUCKET = "results"


@pytest.fixture
def results(s3: S3Client) -> Results:
    s3.create_bucket(Bucket=BUCKET)
    return Results(s3, BUCKET)


def stored(s3: S3Client) -> tuple[bytes, str]:
    answer = s3.get_object(Bucket=BUCKET, Key=KEY)
    return answer["Body"].read(), answer["ContentType"]


@pytest.mark.parametrize(
    "blocks",
    [[], [b""], [b"name", b",images\r\n"], [b"x" * PART]],
    ids=["no block", "empty block", "two blocks", "a whole part"],
)
def test_a_small_result_is_one_object_at_once(
    results: Results, s3: S3Client, blocks: list[bytes]
) -> None:
    results.write(KEY, blocks)
    assert stored(s3) == (b"".join(blocks), "text/csv; charset=utf-8")


def test_a_large_result_goes_in_parts(results: Results, s3: S3Client) -> None:
    blocks = [bytes([n]) * 700_000 for n in range(30)]
    results.write(KEY, iter(blocks))
    assert stored(s3) == (b"".join(blocks), "text/csv; charset=utf-8")
    assert s3.head_object(Bucket=BUCKET, Key=KEY)["ETag"].endswith('-3"')


def test_writing_again_replaces_the_result(results: Results, s3: S3Client) -> None:
    results.write(KEY, [b"x" * (2 * PART + 1)])
    results.write(KEY, [b"once more"])
    assert stored(s3)[0] == b"once more"


@pytest.mark.parametrize("blocks", [1, 3])
def test_what_breaks_off_leaves_nothing_behind(results: Results, s3: S3Client, blocks: int) -> None:
    def breaking() -> Iterator[bytes]:
        for _ in range(blocks):
            yield b"x" * PART
        raise ConnectionError("the database is away")

    with pytest.raises(ConnectionError):
        results.write(KEY, breaking())
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET)


@given(st.lists(st.binary(max_size=20)), st.integers(1, 30))
def test_parts_are_the_same_bytes_and_only_the_last_is_small(
    blocks: list[bytes], size: int
) -> None:
    parts = list(in_parts(blocks, size))
    assert b"".join(parts) == b"".join(blocks)
    assert all(len(part) >= size for part in parts[:-1])
    assert all(parts)
