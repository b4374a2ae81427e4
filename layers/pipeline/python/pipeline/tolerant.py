"""Reading names that a newer release may have added to an enumeration."""

from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

E = TypeVar("E", bound=StrEnum)


class _DocumentedAsTheEnumeration:
    """What this release itself writes is all that its API promises."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema["choices"][0])


Open = Annotated[E | str, Field(union_mode="left_to_right"), _DocumentedAsTheEnumeration()]
"""``Open[JobStatus]``: a member, or a name that only a newer release knows. Such a name is stored
and shown as it is, and equals no member: what is done for certain members is not done for it."""
