"""Keeping images at Cloudinary."""

import time
from collections.abc import Callable
from typing import Any

from cloudinary import uploader
from cloudinary.exceptions import Error
from urllib3 import Timeout

from imaging.stores import CompressedImage
from imaging.stores.cloudinary import answers, wire
from imaging.stores.cloudinary.account import Account, Credentials
from imaging.stores.cloudinary.answers import AccountError, AwayError, LimitedError, RateLimit
from imaging.stores.cloudinary.gate import Clock, Gate
from pipeline import keys
from pipeline.errors import TransientError

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 20.0
"""Like those of the S3 client."""

SHORTEST = 3.0
"""Seconds that an upload is given at least."""

ATTEMPTS = 3
"""Of one ``put``. It costs less to send bytes again than to fetch and compress the image again."""

BETWEEN = 0.5
"""Seconds before the second attempt, doubled before the third."""

LONGEST_WAIT = 5.0
"""Seconds that a function may be paid for to wait out a rate limit. What takes longer is waited for
on the queue."""

LONGEST_CLOSED = 15 * 60.0
"""Seconds for which this process believes in a rate limit, as long as the queue waits for one."""

BELIEVED = 10.0
"""Seconds for which an account that was refused is not asked again. Images fail that long after
somebody has mended it."""

UNREADABLE = "Error parsing server response"
"""How the SDK begins what it says of an answer that is no JSON; the rest is the answer itself."""


class CloudinaryStore:
    """An account at Cloudinary.

    A ``public_id`` is always the same for the same image, so a repeated message overwrites.

    Args:
        uploads: under way at once, at most.
        observe: told of each answer's status and of the rate limit, where it names one.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        uploads: int,
        observe: Callable[[int, RateLimit | None], None] = lambda _, __: None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._credentials = credentials
        self._observe = observe
        self._clock = clock
        self._wire = wire.installed()
        self._gate = Gate(uploads, clock=clock)
        self._refusal = ("", 0.0)

    def admit(self) -> None:
        """As ``Store.admit``: while the account is refused, or a long rate limit runs."""
        why, until = self._refusal
        if self._clock() < until:
            raise AccountError(why)
        if (wait := self._gate.closed_for()) > LONGEST_WAIT:
            raise LimitedError(wait)

    def put(self, image: CompressedImage, *, patience: float) -> str:
        """As ``Store.put``. Several attempts have been made when this raises a TransientError."""
        deadline = self._clock() + patience
        attempt = 1
        while True:
            self.admit()
            try:
                return self._upload_as_somebody(image, deadline)
            except TransientError as error:
                pause = BETWEEN * 2 ** (attempt - 1)
                if isinstance(error, LimitedError):  # then all uploads wait
                    wait = pause if error.retry_after is None else error.retry_after
                    self._gate.close(min(wait, LONGEST_CLOSED))
                if attempt == ATTEMPTS:
                    raise
                if not isinstance(error, LimitedError):
                    time.sleep(pause)
            attempt += 1

    def _upload_as_somebody(self, image: CompressedImage, deadline: float) -> str:
        """An upload as the account that is known, and once more if that has changed meanwhile."""
        try:
            account = self._credentials.account()
            try:
                return self._upload_in_turn(account, image, deadline)
            except AccountError:
                renewed = self._credentials.account(refused=account)
                if renewed == account:
                    raise
            return self._upload_in_turn(renewed, image, deadline)
        except AccountError as error:
            self._refusal = error.message, self._clock() + BELIEVED
            raise

    def _upload_in_turn(self, account: Account, image: CompressedImage, deadline: float) -> str:
        try:
            with self._gate.slot(deadline - self._clock() - SHORTEST):
                return self._upload(account, image, deadline - self._clock())
        except TimeoutError:
            raise AwayError("Cloudinary takes the images too slowly.") from None

    def _upload(self, account: Account, image: CompressedImage, patience: float) -> str:
        """One request. Bytes go in as they are: a file would be read into one more copy."""
        seconds = min(ANSWER_SECONDS, max(patience, SHORTEST))
        try:
            answer: dict[str, Any] = uploader.upload(
                image.data,
                filename=f"{image.position}.{image.extension}",
                resource_type="image",
                public_id=keys.public_id(image.tenant_id, image.job_id, image.position),
                # The folder that the console shows, which an account's newer mode keeps apart.
                asset_folder=keys.folder(image.tenant_id, image.job_id),
                overwrite=True,
                unique_filename=False,
                context=_context(image),
                timeout=Timeout(connect=CONNECT_SECONDS, read=seconds),
                **account.arguments(),
            )
            return str(answer["secure_url"])
        except (Error, KeyError, TypeError) as error:  # the latter two of answers of another shape
            raise self._judged(str(error)) from None
        finally:
            self._report()

    def _judged(self, text: str) -> Exception:
        heard = self._wire.answer
        if heard is None:
            return AwayError()
        if heard.status < 400:
            return AwayError("Cloudinary gave an answer that makes no sense.")
        return answers.judged(
            heard.status, "" if text.startswith(UNREADABLE) else text, heard.headers
        )

    def _report(self) -> None:
        heard = self._wire.answer
        if heard is None:
            self._observe(0, None)
        else:
            self._observe(heard.status, answers.rate_limit(heard.headers))


def _context(image: CompressedImage) -> dict[str, str]:
    """What an account's owner finds beside the image, and can search for."""
    context = {"job": str(image.job_id)}
    return context | ({"product": image.product} if image.product else {})
