"""What a dry run of a CSV finds."""

from enum import StrEnum

from pydantic import BaseModel, Field

from pipeline.errors import FileErrorCode, ImageErrorCode, RowErrorCode


class Role(StrEnum):
    """What a column is understood as."""

    PRODUCT_NAME = "product_name"
    IMAGE_URLS = "image_urls"
    SERIAL = "serial"


class Column(BaseModel):
    """A column of the header."""

    name: str = Field(description="As the file spells it; a very long name is shortened.")
    role: Role | None = Field(description="Null for a column that is only kept.")


class RowsFound(BaseModel):
    total: int = Field(description="Data rows, rejected ones included.")
    rejected: int


class ImagesFound(BaseModel):
    total: int = Field(description="Distinct image URLs of the accepted rows.")
    invalid: int = Field(description="Those of them that can never be fetched.")


class CsvError(BaseModel):
    """Something that is wrong with the file, with a row, or with one of a row's URLs."""

    row: int | None = Field(
        description="Counts the data rows from 1; null if the whole file is at fault."
    )
    column: str | None = Field(description="The column at fault, as the file spells it.")
    code: FileErrorCode | RowErrorCode | ImageErrorCode = Field(
        description="Stable: branch on this. `invalid_url` with a `url` is a failed image in a row "
        "that is accepted; without one, the row is rejected."
    )
    message: str
    url: str | None = Field(
        default=None, description="The URL at fault; a very long one is shortened."
    )


class Validation(BaseModel):
    """What a job of this file would begin with."""

    valid: bool = Field(description="Nothing at all is wrong with the file.")
    usable: bool = Field(
        description="A job of it would be taken in: nothing spoils the whole file, and at least "
        "one row can be used."
    )
    encoding: str | None = Field(description="Null if the file is not text.")
    delimiter: str | None = Field(description="Null if no header was found.")
    columns: list[Column] = Field(description="Those of the header, at most 1,000.")
    rows: RowsFound
    images: ImagesFound
    errors: list[CsvError] = Field(
        description="What is wrong with the whole file, then by row; at most 1,000."
    )
    errors_total: int = Field(description="More than the list has if it was cut.")
