"""Lambda's way in: each deploy, and operators by hand."""

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from database.connection import Database
from migrator.actions import run
from migrator.settings import MigratorSettings


@cache
def database() -> Database:
    return Database(MigratorSettings(), statement_timeout=None)


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return run(event, database())
