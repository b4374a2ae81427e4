"""Numbers, times and strangers' text in the form that people read."""

import unicodedata
from datetime import UTC, datetime

from darkroom.client import Answer

UNITS = ("kB", "MB", "GB", "TB")
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They make a text look like another one."""


def plain(text: object) -> str:
    """Text that others wrote, on one line and without anything that a terminal would obey."""
    return "".join(
        " " if each in "\t\r\n" else "\N{REPLACEMENT CHARACTER}" if _is_control(each) else each
        for each in str(text)
    )


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or character in BIDI


def size(count: float) -> str:
    """Bytes, by thousands: ``1.2 MB``."""
    if count < 1_000:
        return f"{count:.0f} B"
    power = 1
    while count / 1_000**power >= 999.5 and power < len(UNITS):
        power += 1
    scaled = count / 1_000**power
    number = f"{scaled:.1f}" if scaled < 99.95 else f"{scaled:,.0f}"
    return f"{number} {UNITS[power - 1]}"


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 image``, ``2,000 images``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def saved(before: int, after: int) -> str:
    """``12.3 MB → 4.2 MB, 66 % saved``."""
    change = f"{size(before)} → {size(after)}"
    if not before:
        return change
    share = 1 - after / before
    return f"{change}, {share:.0%} saved".replace("%", " %") if share >= 0 else change


def duration(seconds: float) -> str:
    """``40 s``, ``3 min``, ``2 h 5 min``: as exact as an estimate deserves."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def moment(text: str | None) -> str:
    """An API's time, to the second, in UTC."""
    if text is None:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def progress(job: Answer) -> str:
    """How far a job is, without its status."""
    images = job["images"]
    done, failed = images["total"] - images["pending"], images["failed"]
    match job["status"]:
        case "awaiting_upload":
            return "waiting for its CSV"
        case "ingesting":
            return f"{count(job['rows']['total'], 'row')} read"
        case "processing":
            failures = f", {failed:,} failed" if failed else ""
            return f"{done:,} of {count(images['total'], 'image')}{failures}"
        case "finalizing":
            return "writing the result"
        case _:
            return ""
