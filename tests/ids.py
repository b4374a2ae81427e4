"""Names of the cases of a parametrised test: the same in each run, and short enough to read."""

from enum import Enum

LONGEST = 100
"""Characters of all that stands in the brackets behind a test's name."""


class UnwrittenIdError(Exception):
    """A value that names no case well; its test has to write out an id."""


def demand_written(value: object, argument: str) -> None:
    """Looks at a value for which a test writes no id, so that pytest makes one.

    Raises:
        UnwrittenIdError: the id would be bytes, no more than a number, or text that is too long or
            cannot be printed.
    """
    if not _names_itself(value):
        raise UnwrittenIdError(
            f"{argument} = {repr(value)[:LONGEST]} is no name for a case: write one, as in "
            'pytest.param(…, id="cut short") or in ids=[…].'
        )


def is_fit(written: str) -> bool:
    """Whether an id is short enough, and can be shown by every terminal."""
    return len(written) <= LONGEST and written.isascii() and written.isprintable()


def _names_itself(value: object) -> bool:
    if isinstance(value, str):
        return bool(value) and is_fit(value)
    known = (bool, int, float, Enum, type)
    return value is None or isinstance(value, known) or _is_named(value)


def _is_named(value: object) -> bool:
    """Whether it is a function, and none without a name."""
    name = getattr(value, "__name__", "<")
    return isinstance(name, str) and "<" not in name
