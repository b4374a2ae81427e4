from urllib.parse import quote_plus
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import keys

JOB = UUID("01990000-0000-7000-8000-000000000001")


def test_each_kind_has_a_prefix_of_its_own() -> None:
    assert keys.upload(JOB) == f"uploads/{JOB}.csv"
    assert keys.result(JOB) == f"results/{JOB}.csv"
    assert keys.image(JOB, 7, "webp") == f"images/{JOB}/7.webp"


@given(st.uuids())
def test_the_job_of_an_upload_is_read_back_from_a_notification(job_id: UUID) -> None:
    assert keys.job_of_upload(quote_plus(keys.upload(job_id))) == job_id
    assert keys.job_of_upload(keys.upload(job_id)) == job_id


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="empty"),
        "uploads/.csv",
        f"results/{JOB}.csv",
        f"uploads/{JOB}",
        f"uploads/{JOB}.csv.csv",
        f"uploads/x/{JOB}.csv",
        f"more/uploads/{JOB}.csv",
    ],
)
def test_a_key_that_is_no_upload_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        keys.job_of_upload(key)


def test_everything_at_cloudinary_is_below_its_tenant_s_folder() -> None:
    tenant, job = UUID(int=1), UUID(int=2)
    assert keys.public_id(tenant, job, 7) == f"darkroom/{tenant}/{job}/7"
    assert keys.public_id(tenant, job, 7).startswith(f"{keys.folder(tenant, job)}/")
