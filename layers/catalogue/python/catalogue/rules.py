"""What is wrong with a row: the reasons to reject it while the others go on."""

import re

from catalogue import limits, urls
from catalogue.header import Header
from pipeline.errors import RowError, RowErrorCode


def images(
    name: str, cells: list[str], header: Header
) -> tuple[list[str], dict[str, str], RowError | None]:
    """The image URLs of a row that is readable.

    Returns:
        the URLs in order, the invalid ones among them with a sentence each, and why the row is
        rejected; then there are no URLs.
    """
    if not name:
        return [], {}, _missing_name(header)
    found = urls.split(cells[header.urls])
    if not found:
        return [], {}, _missing_urls(header)
    if len(found) > limits.URLS:
        return [], {}, _too_many_urls(len(found), header)
    invalid = {}
    for url in found:
        problem = urls.problem(url)
        if problem is not None:
            invalid[url] = problem
    if invalid and len(invalid) == len(set(found)):
        return [], {}, _invalid_urls(invalid, header)
    return found, invalid, None


def unreadable(cells: list[str], header: Header, not_text: re.Pattern[str]) -> RowError:
    """Why a row's cells cannot be assigned to columns, or hold what is not text.

    Args:
        not_text: finds what no cell may contain.
    """
    expected, found = len(header.columns), len(cells)
    if found != expected:
        # The first column that is missing, or the first cell that has no column.
        label = header.label(min(found, expected))
        return RowError(
            RowErrorCode.RAGGED_ROW,
            f"The row has {found:,} cells, but the header has {expected:,}. "
            "A cell that contains the delimiter must stand in quotes.",
            column=label,
        )
    place = next(n for n, cell in enumerate(cells) if not_text.search(cell))
    return RowError(
        RowErrorCode.INVALID_ENCODING,
        f"“{header.label(place)}” contains bytes that are not text in the file's encoding.",
        column=header.label(place),
    )


def _missing_name(header: Header) -> RowError:
    label = header.label(header.name)
    return RowError(RowErrorCode.MISSING_NAME, f"“{label}” is empty.", column=label)


def _missing_urls(header: Header) -> RowError:
    label = header.label(header.urls)
    return RowError(RowErrorCode.MISSING_URLS, f"“{label}” holds no image URL.", column=label)


def _too_many_urls(count: int, header: Header) -> RowError:
    label = header.label(header.urls)
    return RowError(
        RowErrorCode.TOO_MANY_URLS,
        f"“{label}” holds {count:,} image URLs; at most {limits.URLS} are allowed.",
        column=label,
    )


def _invalid_urls(invalid: dict[str, str], header: Header) -> RowError:
    label = header.label(header.urls)
    reason = next(iter(invalid.values()))
    return RowError(
        RowErrorCode.INVALID_URL,
        reason if len(invalid) == 1 else f"None of the {len(invalid)} URLs is usable. {reason}",
        column=label,
    )
