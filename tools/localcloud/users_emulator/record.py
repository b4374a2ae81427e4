"""What ``make up`` remembers of an emulator that is not its own, for the commands after it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from localcloud.backends import Runtime
from localcloud.private_files import write_private

FILE = "users-emulator.json"


@dataclass(frozen=True, kw_only=True)
class Record:
    """Where the stack is, or is about to be."""

    endpoint_url: str
    region: str
    account: str
    stack_id: str | None = None
    """ARN of the stack; ``None`` until the first deploy has ended."""
    database_url: str | None = None
    """Of the user's own database; ``None`` where the cloud has its own."""
    runtime: Runtime | None = None
    """What a trial found; ``None`` until there was one."""


def read(state: Path) -> Record | None:
    """What was written last; ``None`` if nothing was, or by another version."""
    try:
        values = json.loads((state / FILE).read_text())
        runtime = values.pop("runtime")
        return Record(**values, runtime=Runtime(**runtime) if runtime else None)
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return None


def write(state: Path, record: Record) -> None:
    """Replaces the file whole; the database's address may hold a password."""
    write_private(state / FILE, json.dumps(asdict(record), indent=2) + "\n")


def forget(state: Path) -> None:
    """Deletes it."""
    (state / FILE).unlink(missing_ok=True)
