"""The deployed API, held against its own OpenAPI document."""

from localcloud.fuzz import fuzz
from localcloud.stack import Stack


def test_requests_made_up_from_the_document_find_no_fault(stack: Stack) -> None:
    """The same requests in every run; `make fuzz` makes up others, and more of them."""
    assert fuzz(stack, "--max-examples=10", "--generation-deterministic") == 0
