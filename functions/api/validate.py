"""A CSV's dry run: nothing is stored, nothing is fetched."""

from api.backend import Backend
from api.bodies import csv_file
from api.describe import answer, answers
from api.dry_run import dry_run
from api.errors import (
    BodyTooLarge,
    InvalidRequest,
    MalformedRequest,
    UnreadableText,
    UnsupportedMediaType,
)
from api.models_validation import Validation
from api.resolver import Resolver


def add_routes(api: Resolver, _: Backend) -> None:
    """``/v1/validate``."""

    @api.post(
        "/v1/validate",
        tags=["Jobs"],
        summary="Check a CSV without making a job",
        description=(
            "Reads the CSV as a job would, as `text/csv` or as `file` of a form, up to 4 MB. "
            "Whatever is wrong with it, the answer is 200: `errors` lists it by row and column."
        ),
        operation_id="validateCsv",
        responses=answers(
            {200: answer("What was found.", Validation)},
            MalformedRequest,
            BodyTooLarge,
            UnsupportedMediaType,
            InvalidRequest,
            UnreadableText,
        ),
    )
    def validate_csv() -> Validation:
        return dry_run(csv_file(api.current_event))
