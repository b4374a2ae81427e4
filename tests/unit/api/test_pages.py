"""Pages that fit into what Lambda takes."""

import json

from api.limits import LARGEST_ANSWER, LARGEST_PAGE
from api.models import ImageView
from api.pages import fitting
from pipeline.states import ImageStatus


def shown(url: str) -> ImageView:
    return ImageView(
        source_url=url, status=ImageStatus.PENDING, output_url=None, error=None,
        input=None, output=None,
    )  # fmt: skip


def test_a_full_page_of_long_urls_is_left_as_it_is() -> None:
    page = [shown("https://shop.example/".ljust(2_048, "a"))] * LARGEST_PAGE
    assert fitting(page) == page


def test_a_page_that_lambda_would_refuse_is_shorter() -> None:
    page = [shown("https://shop.example/".ljust(2_048, "\U0001f600"))] * LARGEST_PAGE
    kept = fitting(page)
    body = json.dumps({"items": [each.model_dump(mode="json") for each in kept]})
    assert 0 < len(kept) < LARGEST_PAGE
    assert len(json.dumps({"body": body})) <= LARGEST_ANSWER + 10 * len(kept)


def test_one_item_is_given_however_long_it_is() -> None:
    page = [shown("a" * LARGEST_ANSWER)] * 2
    assert len(fitting(page)) == 1
