"""What became of the cases that are rows of one job."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.local.hostile.client import Client, Ended

INTERNALS = re.compile(r"Traceback|[a-z]Error\b|Exception|psycopg|urllib3|requests\.|0x[0-9a-f]{8}")
REASON = re.compile(
    r"(?P<code>[a-z_]+): .*\((?P<sentence>[^()]*(?:\([^()]*\)[^()]*)*)\)", re.DOTALL
)


@dataclass(frozen=True)
class Verdict:
    """One row of the result.

    ``errors`` is its cell there, ``reasons`` the one in the file of failures, empty if it is not
    in that.
    """

    output: str
    errors: str
    reasons: str

    def assert_code(self, code: str) -> None:
        """It failed with ``code`` alone, which a sentence explains."""
        assert self.errors.partition(":")[0] == code, self
        assert not self.output
        found = REASON.fullmatch(self.reasons)
        assert found is not None, self
        assert found["code"] == code
        assert_sentence(found["sentence"])

    def assert_ended(self, code: str | None) -> None:
        """It failed with ``code``, or succeeded if there is none."""
        if code is None:
            self.assert_succeeded()
        else:
            self.assert_code(code)

    def assert_succeeded(self) -> None:
        assert (self.errors, self.reasons) == ("", ""), self
        assert self.output.startswith("http")


def submitted(client: Client, cells: Mapping[str, str]) -> str:
    """A job with a row for each name, which has that cell of URLs; its id."""
    table = io.StringIO(newline="")
    csv.writer(table).writerows([("name", "images"), *cells.items()])
    return client.submit(table.getvalue().encode())


def verdicts(ended: Ended, names: Iterable[str]) -> dict[str, Verdict]:
    """By name, those of a job whose rows are named after its cases. No row is missing."""
    names = list(names)
    counts = ended.job["rows"], ended.job["images"]
    assert counts[0]["total"] == len(names), counts
    assert counts[1]["pending"] == 0, counts
    assert [row["name"] for row in ended.rows] == names
    reasons = {row["name"]: row["Errors"] for row in ended.reasons}
    return {
        row["name"]: Verdict(row["Output Image Urls"], row["Errors"], reasons.get(row["name"], ""))
        for row in ended.rows
    }


def assert_sentence(text: str) -> None:
    """A person can read it: it begins like a sentence, ends like one, and shows no internals."""
    assert text, "no explanation"
    assert text[0].isupper() or text[0] in "“'", text
    assert text.endswith("."), text
    assert len(text) < 1_000, text
    assert not INTERNALS.search(text), text
