from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from imaging.stores import CompressedImage
from imaging.stores.cloudinary import store as cloudinary_store
from tests.cloudinary_server import CloudinaryServer

TENANT, JOB = UUID(int=1), UUID(int=2)
JPEG = b"\xff\xd8\xff" + bytes(range(256)) + b"\r\n--\r\n"


@pytest.fixture
def cloudinary() -> Iterator[CloudinaryServer]:
    with CloudinaryServer() as server:
        yield server


@pytest.fixture
def image() -> Callable[..., CompressedImage]:
    """Makes an image to be stored."""

    def make(
        position: int = 0, *, data: bytes = JPEG, product: str | None = None
    ) -> CompressedImage:
        return CompressedImage(
            tenant_id=TENANT,
            job_id=JOB,
            position=position,
            data=data,
            extension="jpg",
            content_type="image/jpeg",
            product=product,
        )

    return make


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloudinary_store, "BETWEEN", 0.01)
