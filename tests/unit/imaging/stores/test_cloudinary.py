"""The Cloudinary store: the real SDK over real HTTP, to a server that speaks Cloudinary's API."""

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from imaging.stores import CompressedImage
from imaging.stores.cloudinary import store as cloudinary_store
from imaging.stores.cloudinary.account import Credentials
from imaging.stores.cloudinary.answers import RateLimit
from imaging.stores.cloudinary.store import (
    ATTEMPTS,
    BELIEVED,
    LONGEST_CLOSED,
    CloudinaryStore,
)
from pipeline.errors import DarkroomError, ImageError, ImageErrorCode, TransientError
from tests.cloudinary_server import CloudinaryServer, Visit, signature
from tests.unit.imaging.stores.conftest import JOB, JPEG, TENANT

Image = Callable[..., CompressedImage]
FOLDER = f"darkroom/{TENANT}/{JOB}"


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(cloudinary: CloudinaryServer) -> CloudinaryStore:
    return CloudinaryStore(Credentials(lambda: cloudinary.url), uploads=4)


def refused(put: Callable[[], object]) -> DarkroomError:
    """The error that a put ends with; its code is the contract's."""
    with pytest.raises(DarkroomError) as caught:
        put()
    assert isinstance(caught.value, ImageError | TransientError)
    assert caught.value.code == ImageErrorCode.STORAGE_ERROR
    return caught.value


def test_an_image_is_kept_under_its_tenant_s_folder_and_served(
    store: CloudinaryStore, cloudinary: CloudinaryServer, image: Image
) -> None:
    url = store.put(image(7, product="Cup"), patience=30)
    asset = cloudinary.assets[f"{FOLDER}/7"]
    assert (asset.data, asset.folder, asset.version > 0) == (JPEG, FOLDER, True)
    assert asset.context == {"job": str(JOB), "product": "Cup"}
    assert url == f"{cloudinary.prefix}/shop/image/upload/v{asset.version}/{FOLDER}/7.jpg"
    assert requests.get(url, timeout=30).content == JPEG


def test_a_repeated_image_overwrites_itself(
    store: CloudinaryStore, cloudinary: CloudinaryServer, image: Image
) -> None:
    first = store.put(image(data=JPEG + b"1"), patience=30)
    again = store.put(image(data=JPEG + b"2"), patience=30)
    (asset,) = cloudinary.assets.values()
    assert asset.data == JPEG + b"2"
    assert first != again  # by its version, which caches go by
    assert requests.get(first, timeout=30).content == asset.data


@pytest.mark.parametrize(
    "product",
    ["A=B|C\\D", "Cups & saucers", "Löffel 🥄", "x" * 255],
    ids=["separators", "ampersand", "not ASCII", "long"],
)
def test_any_product_s_name_is_signed_and_kept(
    store: CloudinaryStore, cloudinary: CloudinaryServer, image: Image, product: str
) -> None:
    store.put(image(product=product), patience=30)
    assert cloudinary.assets[f"{FOLDER}/0"].context["product"].replace("\\", "") == (
        product.replace("\\", "")  # the SDK leaves a backslash alone, which then escapes
    )


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_the_account_s_signature_algorithm_is_used(
    cloudinary: CloudinaryServer, image: Image, algorithm: str
) -> None:
    cloudinary.algorithm = algorithm
    url = f"{cloudinary.url}&signature_algorithm={algorithm}"
    CloudinaryStore(Credentials(lambda: url), uploads=1).put(image(), patience=30)
    assert len(cloudinary.uploads) == 1


def test_the_stand_in_signs_as_cloudinary_documents_it() -> None:
    parameters = {
        "timestamp": "1315060510",
        "public_id": "sample_image",
        "eager": "w_400,h_300,c_pad|w_260,h_200,c_crop",
    }
    assert signature(parameters, "abcd") == "bfd09f95f331f558cbd1320e67aa8d488770583e"


WRONG = {
    "secret": ({"api_secret": "wrong"}, "does not accept this installation's credentials"),
    "key": ({"api_key": "000"}, "does not accept this installation's credentials"),
    "cloud": ({"cloud_name": "other"}, "does not accept this installation's credentials"),
    "disabled": ({"disabled": True}, "account is disabled, or its plan is used up"),
}


@pytest.mark.parametrize(("changed", "message"), WRONG.values(), ids=WRONG)
def test_an_account_that_is_refused_fails_the_image_and_spares_the_next_ones(
    cloudinary: CloudinaryServer, image: Image, changed: dict[str, object], message: str
) -> None:
    url, clock = cloudinary.url, Clock()
    store = CloudinaryStore(Credentials(lambda: url), uploads=4, clock=clock)
    for name, value in changed.items():
        setattr(cloudinary, name, value)
    error = refused(lambda: store.put(image(), patience=30))
    assert isinstance(error, ImageError)
    assert message in error.message
    assert cloudinary.api_secret not in error.message
    assert cloudinary.api_key not in error.message
    for _ in range(3):
        assert refused(store.admit).message == error.message
        assert refused(lambda: store.put(image(), patience=30)).message == error.message
    assert cloudinary.requests == 1
    clock.now += BELIEVED
    store.admit()
    refused(lambda: store.put(image(), patience=30))
    assert cloudinary.requests == 2


def test_credentials_that_were_changed_meanwhile_are_read_again(
    cloudinary: CloudinaryServer, image: Image
) -> None:
    reads: list[str] = []

    def read() -> str:
        reads.append(cloudinary.url)
        return cloudinary.url

    store = CloudinaryStore(Credentials(read), uploads=1)
    store.put(image(), patience=30)
    cloudinary.api_secret = "renewed"
    store.put(image(), patience=30)
    store.put(image(), patience=30)
    assert (len(cloudinary.uploads), len(reads)) == (3, 2)


@pytest.mark.parametrize(
    "url",
    ["", "to be filled in", "https://a:b@c", "cloudinary://shop", "cloudinary://k:s@[x"],
    ids=["empty", "to be filled in", "another scheme", "no key", "open bracket"],
)
def test_an_account_that_nobody_has_set_up_is_told_of(image: Image, url: str) -> None:
    store = CloudinaryStore(Credentials(lambda: url), uploads=1)
    error = refused(lambda: store.put(image(), patience=30))
    assert error.message == "This installation's Cloudinary account has not been set up."


def test_a_clock_that_is_an_hour_slow_is_no_wrong_signature(
    cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image
) -> None:
    cloudinary.now = lambda: time.time() + 3700
    assert isinstance(refused(lambda: store.put(image(), patience=30)), TransientError)
    assert cloudinary.requests == ATTEMPTS


def test_what_the_plan_does_not_take_is_refused_in_cloudinary_s_words(
    cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image
) -> None:
    cloudinary.largest = 100
    error = refused(lambda: store.put(image(), patience=30))
    assert isinstance(error, ImageError)
    size = f"Got {len(JPEG)}. Maximum is 100"
    assert error.message.startswith(f"Cloudinary refused the image: File size too large. {size}.")
    store.admit()  # the next image may be smaller
    assert refused(lambda: store.put(image(data=b"text"), patience=30)).message == (
        "Cloudinary refused the image: Invalid image file."
    )
    assert cloudinary.requests == 2


MISHAPS = {
    "500": (500, "Internal server error"),
    "502 with HTML": (502, b"<html>"),
    "503 without a body": (503, b""),
    "499 without a message": (499, ""),
    "423": (423, "Busy"),
}


@pytest.mark.parametrize(("status", "message"), MISHAPS.values(), ids=MISHAPS)
def test_an_error_that_passes_is_tried_again_at_once(
    *, cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image, status: int, message: str
) -> None:
    for _ in range(ATTEMPTS - 1):
        cloudinary.next(status, message)
    assert store.put(image(), patience=30)
    assert cloudinary.requests == ATTEMPTS


@pytest.mark.parametrize(("status", "message"), MISHAPS.values(), ids=MISHAPS)
def test_one_that_stays_is_left_to_the_queue(
    *, cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image, status: int, message: str
) -> None:
    for _ in range(ATTEMPTS):
        cloudinary.next(status, message)
    error = refused(lambda: store.put(image(), patience=30))
    assert isinstance(error, TransientError)
    assert error.message == f"Cloudinary answered {status}."


def test_a_connection_that_breaks_is_opened_again(
    cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image
) -> None:
    store.put(image(), patience=30)
    cloudinary.mishaps.append(Visit.hang_up)
    store.put(image(), patience=30)
    assert len(cloudinary.connections) == 2


def test_an_answer_that_never_comes_is_not_waited_for(
    cloudinary: CloudinaryServer,
    store: CloudinaryStore,
    image: Image,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cloudinary_store, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(cloudinary_store, "SHORTEST", 0.1)

    def stay_silent(visit: Visit) -> None:
        cloudinary.closing.wait(30)

    cloudinary.mishaps += [stay_silent] * ATTEMPTS
    error = refused(lambda: store.put(image(), patience=30))
    assert isinstance(error, TransientError)
    assert error.message == "Cloudinary could not be reached."


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"error": "odd"}', b"<html>"],
    ids=["nothing", "null", "list", "empty object", "odd error", "HTML"],
)
@pytest.mark.parametrize("status", [200, 302])
def test_an_answer_without_an_address_is_no_success(
    *, cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image, status: int, body: bytes
) -> None:
    for _ in range(ATTEMPTS):
        cloudinary.next(status, body, {"Location": "http://127.0.0.1:9/"})
    assert isinstance(refused(lambda: store.put(image(), patience=30)), TransientError)
    assert cloudinary.requests == ATTEMPTS


def test_nobody_there_is_tried_again_later(image: Image) -> None:
    url = "cloudinary://k:s@shop?upload_prefix=http://127.0.0.1:9"
    store = CloudinaryStore(Credentials(lambda: url), uploads=1)
    assert isinstance(refused(lambda: store.put(image(), patience=30)), TransientError)


@pytest.mark.parametrize("status", [420, 429])
def test_a_short_rate_limit_is_waited_out(
    cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image, status: int
) -> None:
    cloudinary.next(status, "Rate Limit Exceeded", {"Retry-After": "1"})
    cloudinary.next(status, b"Slow down")
    started = time.monotonic()
    store.put(image(), patience=30)
    assert time.monotonic() - started > 1
    assert cloudinary.requests == 3


@pytest.mark.parametrize("status", [420, 429])
@pytest.mark.parametrize("header", ["Retry-After", "X-FeatureRateLimit-Reset"])
def test_a_long_rate_limit_is_left_to_the_queue_for_as_long_as_it_runs(
    *, cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image, status: int, header: str
) -> None:
    reset = datetime.now(UTC) + timedelta(minutes=10)
    cloudinary.next(status, "Rate Limit Exceeded", {header: format_datetime(reset, usegmt=True)})
    error = refused(lambda: store.put(image(), patience=30))
    assert isinstance(error, TransientError)
    assert error.retry_after is not None
    assert 500 < error.retry_after <= 600
    assert error.message == "Cloudinary's rate limit is reached."
    error = refused(store.admit)
    assert isinstance(error, TransientError)
    assert error.retry_after is not None
    assert 500 < error.retry_after <= 600
    assert cloudinary.requests == 1


def test_a_plan_that_is_used_up_is_no_rate_limit_to_wait_for(
    cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image
) -> None:
    cloudinary.next(420, "You have used up the quota of your plan")
    error = refused(lambda: store.put(image(), patience=30))
    assert isinstance(error, ImageError)
    assert "plan is used up" in error.message


@pytest.mark.parametrize("retry_after", ["86400", "9" * 400], ids=["a day", "for ever"])
def test_no_rate_limit_is_believed_for_longer_than_the_queue_waits(
    cloudinary: CloudinaryServer, image: Image, retry_after: str
) -> None:
    clock = Clock()
    store = CloudinaryStore(Credentials(lambda: cloudinary.url), uploads=1, clock=clock)
    cloudinary.next(429, "Slow down", {"Retry-After": retry_after})
    refused(lambda: store.put(image(), patience=30))
    clock.now += LONGEST_CLOSED
    assert store.put(image(), patience=30)


def test_a_rate_limit_that_ends_within_the_hour_is_waited_for_whatever_it_speaks_of(
    cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image
) -> None:
    cloudinary.next(420, "Upgrade your plan for more at once", {"Retry-After": "0"})
    assert store.put(image(), patience=30)


def test_an_allowance_of_uploads_is_honoured(
    cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image
) -> None:
    reset = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    cloudinary.rate_limit = (500, 2, reset)
    for position in range(3):
        store.put(image(position), patience=30)
    assert len(cloudinary.uploads) == 3
    assert datetime.now(UTC) >= reset


def test_no_more_uploads_than_allowed_are_under_way_and_their_connections_are_kept(
    cloudinary: CloudinaryServer, image: Image
) -> None:
    store = CloudinaryStore(Credentials(lambda: cloudinary.url), uploads=3)
    cloudinary.most = 3
    with ThreadPoolExecutor(16) as pool:
        urls = list(pool.map(lambda n: store.put(image(n), patience=30), range(40)))
    assert len(set(urls)) == len(cloudinary.assets) == cloudinary.requests == 40
    assert cloudinary.peak <= 3
    assert len(cloudinary.connections) <= 3


def test_a_turn_that_does_not_come_in_time_is_given_up(
    cloudinary: CloudinaryServer, image: Image
) -> None:
    store = CloudinaryStore(Credentials(lambda: cloudinary.url), uploads=1)
    begun, go_on = threading.Event(), threading.Event()

    def dawdle(visit: Visit) -> None:
        begun.set()
        go_on.wait(30)
        visit.answer(500, {"error": {"message": "late"}})

    cloudinary.mishaps.append(dawdle)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(store.put, image(0), patience=30)
        assert begun.wait(30)
        error = refused(lambda: store.put(image(1), patience=3.1))
        go_on.set()
        assert first.result()
    assert isinstance(error, TransientError)
    assert error.message == "Cloudinary takes the images too slowly."


def test_what_the_headers_say_of_the_rate_limit_is_passed_on(
    cloudinary: CloudinaryServer, image: Image
) -> None:
    seen: list[tuple[int, RateLimit | None]] = []
    credentials = Credentials(lambda: cloudinary.url)
    store = CloudinaryStore(
        credentials, uploads=1, observe=lambda status, limit: seen.append((status, limit))
    )
    store.put(image(), patience=30)
    reset = datetime(2026, 11, 23, 13, tzinfo=UTC)
    cloudinary.now = lambda: reset.timestamp() - 60
    cloudinary.rate_limit = (500, 17, reset)
    cloudinary.next(503, "Away")
    store.put(image(), patience=30)
    assert seen == [
        (200, None),
        (503, RateLimit(500, 17, reset)),
        (200, RateLimit(500, 16, reset)),
    ]


def test_an_image_is_not_reencoded_on_its_way(
    cloudinary: CloudinaryServer, store: CloudinaryStore, image: Image
) -> None:
    data = JPEG + hashlib.shake_256(b"noise").digest(300_000) + b"\r\n\r\n--"
    store.put(image(data=data), patience=30)
    assert cloudinary.assets[f"{FOLDER}/0"].data == data


def test_nothing_that_is_shown_tells_the_secret(cloudinary: CloudinaryServer) -> None:
    account = Credentials(lambda: cloudinary.url).account()
    assert cloudinary.api_secret not in repr(account)
    assert cloudinary.api_key not in repr(account)
