"""An API that answers as a test says."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.origin import Behaviour, Visit

Answer = dict[str, Any]
KEY = "dk_test"
JOB = "01a20a8e-34fd-794e-9323-98fb8e5af2b7"


def job(status: str = "completed", **changes: Any) -> Answer:
    """A job as the API shows it: by default three images of two rows, all well."""
    return {
        "job_id": JOB,
        "status": status,
        "filename": "products.csv",
        "created_at": "2026-11-23T22:37:01.563754Z",
        "updated_at": "2026-11-23T22:37:12.640359Z",
        "completed_at": "2026-11-23T22:37:12.640359Z" if status == "completed" else None,
        "rows": {"total": 2, "rejected": 0},
        "images": {"total": 3, "pending": 0, "succeeded": 3, "failed": 0},
        "bytes": {"input": 3_000_000, "output": 1_000_000},
        "progress": 1.0,
        "options": {"quality": 50, "format": "auto", "max_width": None, "max_height": None},
        "webhook_url": None,
        "result_url": None,
        "error": None,
        **changes,
    }


def answers(content: object, status: int = 200, **headers: str) -> Behaviour:
    kind = "application/problem+json" if status >= 400 else "application/json"
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(content).encode()

    def behave(visit: Visit) -> None:
        body_of(visit)
        visit.answer(status, body, {"Content-Type": kind, **names})

    return behave


def problem(status: int, code: str, detail: str, **more: Any) -> Behaviour:
    return answers({"status": status, "code": code, "detail": detail, **more}, status)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other; the last one stays."""
    left = list(behaviours)

    def behave(visit: Visit) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(visit)

    return behave


def body_of(visit: Visit) -> bytes:
    """What a request brought; nothing, the second time."""
    length = int(visit.headers.get("content-length", 0))
    del visit.headers["content-length"]
    return visit.rfile.read(length)


@dataclass
class Sleeps:
    """Stands in for pauses, and adds them up."""

    asked: list[float] = field(default_factory=list)
    now: float = 0.0

    def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)
