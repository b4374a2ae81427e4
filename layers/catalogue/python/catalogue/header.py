"""Which column of a table means what."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from catalogue import limits
from pipeline.errors import FileError, FileErrorCode

URLS = ("Input Image Urls", "Image Urls", "image_url", "images", "Image Src")
NAME = ("Product Name", "name", "title")
SERIAL = ("S. No.", "Serial Number", "sku", "id")
"""What the columns may be called, in any case, whatever the spaces and punctuation."""

LONGEST_NAME = 100
"""Characters in which one of these may be written, white space around it not counted. What is
longer is not folded: that takes the square of a text's combining marks, and a cell may hold a
million of them."""

SHOWN_COLUMNS = 20
SHOWN_CHARACTERS = 100
"""What an error message repeats of a header, which may be megabytes of nonsense."""


def normalized(column: str) -> str:
    """A column's name without case, spaces and punctuation; empty if it is too long for any of the
    names that have a meaning."""
    column = column.strip()
    if len(column) > LONGEST_NAME:
        return ""
    folded = unicodedata.normalize("NFKC", column).casefold()
    if len(folded) > LONGEST_NAME:  # one character may become eighteen
        return ""
    return "".join(character for character in folded if character.isalnum())


@dataclass(frozen=True)
class Header:
    """The columns of a table, as the file spells them, and where the known ones stand (from 0)."""

    columns: tuple[str, ...]
    name: int
    urls: int
    serial: int | None

    @classmethod
    def of(cls, columns: Sequence[str]) -> Self:
        """Understands a header row.

        Raises:
            FileError: a required column is missing, or several columns could be it.
        """
        names = [normalized(column) for column in columns]
        names_at, urls_at, serials_at = (_places(names, each) for each in (NAME, URLS, SERIAL))
        missing = [
            f"{what} (one of: {', '.join(aliases)})"
            for what, aliases, places in (
                ("the product name", NAME, names_at),
                ("the image URLs", URLS, urls_at),
            )
            if not places
        ]
        if missing:
            raise FileError(
                FileErrorCode.MISSING_COLUMN,
                f"The header has no column for {' and none for '.join(missing)}. "
                f"Columns found: {_listed(columns)}.",
            )
        # Of a name and a title the first alias is as good as any; of two columns of URLs, one would
        # silently be left out.
        alike = [place for place in names_at if names[place] == names[names_at[0]]]
        for what, places in (("the product name", alike), ("the image URLs", urls_at)):
            if len(places) > 1:
                raise FileError(
                    FileErrorCode.DUPLICATE_COLUMN,
                    f"Several columns could hold {what}: "
                    f"{_listed([columns[place] for place in places])}. "
                    "Keep one of them, or rename the others.",
                )
        return cls(tuple(columns), names_at[0], urls_at[0], serials_at[0] if serials_at else None)

    def label(self, place: int) -> str:
        """The column at ``place`` in an error message: its name, or its number if it has none."""
        name = self._labels[place] if place < len(self._labels) else ""
        return name or f"column {place + 1}"

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        # Once and for all: each bad row asks for one, and a name may be a million spaces.
        return tuple(shortened(column.strip()) for column in self.columns)


def known_columns(columns: Sequence[str]) -> int:
    """How many of the three known columns a header row has; required ones count most. More columns
    than a table may have are not looked at: there may be a million."""
    names = {normalized(column) for column in columns[: limits.COLUMNS]}
    return sum(
        weight
        for aliases, weight in ((NAME, 2), (URLS, 2), (SERIAL, 1))
        if any(normalized(alias) in names for alias in aliases)
    )


def shortened(text: str) -> str:
    """At most ``SHOWN_CHARACTERS`` of something a user wrote."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _places(names: Sequence[str], aliases: Sequence[str]) -> list[int]:
    """Where any of the aliases stands, by the order of the aliases."""
    wanted = [normalized(alias) for alias in aliases]
    return [place for alias in wanted for place, name in enumerate(names) if name == alias]


def _listed(columns: Sequence[str]) -> str:
    shown = [shortened(column.strip()) or "(no name)" for column in columns[:SHOWN_COLUMNS]]
    more = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
