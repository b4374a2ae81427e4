"""Numbers, times and strangers' text in the form that people read."""

import math
import unicodedata
from datetime import UTC, datetime
from typing import Any

Answer = dict[str, Any]
"""What the API answers with, as JSON has it."""

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
    change, share = f"{size(before)} → {size(after)}", share_saved(before, after)
    return f"{change}, {share} saved" if share else change


def share_saved(before: int, after: int) -> str:
    """``66 %``; nothing where nothing is saved."""
    return percent(1 - after / before) if after < before else ""


def percent(share: float) -> str:
    """Rounded down: all but one is not 100 %."""
    return f"{math.floor(share * 100 + 1e-9)} %"


def duration(seconds: float) -> str:
    """``40 s``, ``3 min``, ``2 h 5 min``: as exact as an estimate deserves."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 10 else _days(hours)


def _days(hours: int) -> str:
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def moment(text: str | None) -> str:
    """An API's time, to the second, in UTC."""
    if text is None:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def ago(text: str | None) -> str:
    """An API's time as people say it: ``5 min ago``, ``in 2 h 5 min``."""
    if text is None:
        return ""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()
    return f"{duration(seconds)} ago" if seconds >= 0 else f"in {duration(-seconds)}"


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
