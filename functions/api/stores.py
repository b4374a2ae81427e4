"""Where a job's images go: the store that it names, or the stage's usual one."""

from collections.abc import Sequence
from dataclasses import replace

from api.bodies import Submission
from api.errors import FieldError, InvalidRequest
from pipeline.options import StoreName


def with_store(asked: Submission, stores: Sequence[StoreName]) -> Submission:
    """The submission with its store named, so that a job keeps to the one that it began with.

    Args:
        stores: what the stage has, the usual one first.

    Raises:
        InvalidRequest: it names one that the stage does not have.
    """
    options = asked.request.options
    store = options.store or stores[0]
    if store not in stores:
        field = "options.store" if asked.content is None else "store"
        message = f"this installation has no {store} store, only {' and '.join(stores)}"
        raise InvalidRequest(f"{field}: {message}.", errors=[FieldError(field, message)])
    named = options.model_copy(update={"store": store})
    return replace(asked, request=asked.request.model_copy(update={"options": named}))
