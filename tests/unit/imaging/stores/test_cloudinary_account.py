"""One image's whole life in an account: the stand-in's always, and a real one's if it is named.

    TEST_CLOUDINARY_URL=cloudinary://KEY:SECRET@CLOUD pytest tests/unit/imaging/stores -k account

uploads one small image twice, fetches it, and deletes it and its folder again.
"""

import contextlib
import os
from collections.abc import Iterator
from uuid import uuid4

import cloudinary.api
import pytest
import requests
from cloudinary import uploader
from cloudinary.exceptions import Error

from imaging.stores import CompressedImage
from imaging.stores.cloudinary.account import Credentials, parse
from imaging.stores.cloudinary.store import CloudinaryStore
from pipeline import keys
from pipeline.errors import ImageError
from tests.cloudinary_server import CloudinaryServer
from tests.pictures import encoded, photo

VARIABLE = "TEST_CLOUDINARY_URL"

needs_account = pytest.mark.skipif(
    not os.environ.get(VARIABLE), reason=f"no real account at Cloudinary: {VARIABLE} is not set"
)


@pytest.fixture(params=["stand-in", pytest.param("real", marks=needs_account)])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "real":
        yield os.environ[VARIABLE]
    else:
        with CloudinaryServer() as server:
            yield server.url


def test_an_image_is_uploaded_overwritten_fetched_and_deleted(url: str) -> None:
    account = parse(url).arguments()
    store = CloudinaryStore(Credentials(lambda: url), uploads=2)
    image = CompressedImage(
        tenant_id=uuid4(),
        job_id=uuid4(),
        position=0,
        data=encoded(photo(64, 48), "JPEG"),
        extension="jpg",
        content_type="image/jpeg",
        product="Cups & saucers = a|b",
    )
    public_id = keys.public_id(image.tenant_id, image.job_id, image.position)
    try:
        first, again = (store.put(image, patience=60) for _ in range(2))
        for address in (first, again):
            assert address.endswith(f"/{public_id}.jpg")
            assert requests.get(address, timeout=60).content == image.data
    finally:
        gone = uploader.destroy(public_id, invalidate=True, **account)
        with contextlib.suppress(Error):  # a key may lack the right; an empty folder harms nobody
            cloudinary.api.delete_folder(keys.folder(image.tenant_id, image.job_id), **account)
            cloudinary.api.delete_folder(f"{keys.CLOUDINARY}/{image.tenant_id}", **account)
    assert gone["result"] == "ok"


def test_an_account_s_wrong_secret_is_told_from_a_limit(url: str) -> None:
    account = parse(url)
    wrong = url.replace(account.api_secret, "x" * len(account.api_secret))
    store = CloudinaryStore(Credentials(lambda: wrong), uploads=1)
    image = CompressedImage(
        tenant_id=uuid4(),
        job_id=uuid4(),
        position=0,
        data=encoded(photo(8, 8), "JPEG"),
        extension="jpg",
        content_type="image/jpeg",
    )
    with pytest.raises(ImageError, match="does not accept this installation's credentials"):
        store.put(image, patience=60)
