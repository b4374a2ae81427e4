"""The images of a job, one by one."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Query

from api import cursors
from api.backend import Backend, tenant_of
from api.describe import answer, answers
from api.errors import InvalidRequest, JobNotFound
from api.limits import DEFAULT_PAGE
from api.models import ImageList, ImageProblem, ImageView, InputView, OutputView
from api.pages import fitting
from api.parameters import Cursor, JobId, Limit
from api.resolver import Resolver
from database import images
from database.images import Image
from pipeline.states import ImageStatus

LAST_POSITION = 2**31 - 1
"""PostgreSQL's integer holds no more."""

Status = Annotated[ImageStatus | None, Query(description="Only images of this status.")]


def add_routes(api: Resolver, backend: Backend) -> None:
    """``/v1/jobs/{job_id}/images``."""

    @api.get(
        "/v1/jobs/<job_id>/images",
        tags=["Jobs"],
        summary="List a job's images",
        description="Each distinct URL of the accepted rows, in order of first appearance.",
        operation_id="listImages",
        responses=answers(
            {200: answer("A page of images.", ImageList)}, JobNotFound, InvalidRequest
        ),
    )
    def list_images(
        job_id: JobId,
        status: Status = None,
        cursor: Cursor = None,
        limit: Limit = DEFAULT_PAGE,
    ) -> ImageList:
        with backend.database.connection() as connection:
            backend.job(connection, job_id, tenant_id=tenant_of(api))
            listing = _listing(job_id, status)
            after = _position(cursors.decode(listing, cursor)) if cursor else -1
            page = images.page(connection, job_id, status=status, after=after, limit=limit + 1)
        items = fitting([view(image) for image in page[:limit]])
        more = len(page) > len(items)
        last = page[len(items) - 1].position if items else -1
        return ImageList(
            items=items, next_cursor=cursors.encode(listing, str(last)) if more else None
        )


def view(image: Image) -> ImageView:
    """The image as the contract shows it."""
    return ImageView(
        source_url=image.url,
        status=image.status,
        output_url=image.output_url,
        error=ImageProblem(code=image.error_code, message=image.error_message or "")
        if image.error_code
        else None,
        input=_input(image),
        output=_output(image),
    )


def _input(image: Image) -> InputView | None:
    if image.input_bytes is None:
        return None
    return InputView(
        bytes=image.input_bytes,
        width=image.input_width,
        height=image.input_height,
        format=image.input_format,
    )


def _output(image: Image) -> OutputView | None:
    if (
        image.output_bytes is None
        or image.output_width is None
        or image.output_height is None
        or image.output_format is None
        or image.output_sha256 is None
    ):
        return None
    return OutputView(
        bytes=image.output_bytes,
        width=image.output_width,
        height=image.output_height,
        format=image.output_format,
        sha256=image.output_sha256.hex(),
    )


def _listing(job_id: UUID, status: ImageStatus | None) -> str:
    return f"{status or 'all'} images of {job_id}"


def _position(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= LAST_POSITION):
        raise cursors.bad_cursor()
    return int(text)
