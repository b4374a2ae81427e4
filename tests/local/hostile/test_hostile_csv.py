"""CSV files: each is a job, and where it is small enough a dry run, which must say the same."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.local.hostile.client import AT_ONCE, Client, Ended, form
from tests.local.hostile.tables import SOUND, TABLES, URL
from tests.local.hostile.verdicts import assert_sentence

SMALL = 1_500_000
"""Bytes. The API itself takes up to 4 MB, in which more than enough rows can be wrong."""

DRY = {name: table for name, table in TABLES.items() if len(table.data) < SMALL}
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|'/C calc'!A0", '=HYPERLINK("http://x")']
FORMULA = ("=", "+", "-", "@", "\t", "\r")
REJECTED = [
    (code, row)
    for cell in FORMULAS
    for code, row in (
        ("invalid_url", [cell, cell, cell]),
        ("missing_urls", [cell, cell, ""]),
        ("missing_name", [cell, "", cell]),
        ("ragged_row", [cell]),
        ("ragged_row", [cell, cell, cell, cell, cell]),
    )
]


@pytest.fixture(scope="session")
def jobs(client: Client) -> dict[str, Ended]:
    def begun(data: bytes) -> str:
        return client.submit(data) if len(data) < SMALL else client.upload(data)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        job_ids = list(pool.map(begun, [table.data for table in TABLES.values()]))
    return dict(zip(TABLES, client.ended(job_ids), strict=True))


@pytest.fixture(scope="session")
def dry_runs(client: Client) -> dict[str, dict[str, Any]]:
    def answer(data: bytes) -> dict[str, Any]:
        headers, body = form(data)
        reply = client.call("POST", "/v1/validate", body, headers)
        assert reply.status == 200, reply
        return reply.json

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(answer, [table.data for table in DRY.values()]))
    return dict(zip(DRY, answers, strict=True))


@pytest.mark.parametrize("name", TABLES)
def test_a_table_ends_as_it_should(jobs: dict[str, Ended], name: str) -> None:
    wanted, ended = TABLES[name], jobs[name]
    job = ended.job
    if wanted.code is not None:
        assert (job["status"], (job["error"] or {}).get("code")) == ("rejected", wanted.code), job
        assert_sentence(job["error"]["message"])
        assert ended.result == ""
        return
    assert job["status"] == "completed", job
    rejected = [code for code in wanted.rows if code != SOUND]
    assert job["rows"] == {"total": len(wanted.rows), "rejected": len(rejected)}
    assert job["images"]["pending"] == 0
    errors = [row["Errors"] for row in ended.rows]
    assert [error.partition(":")[0] for error in errors] == list(wanted.rows)
    reasons = ended.reasons
    assert [int(row["Input Row"]) for row in reasons] == list(range(1, len(wanted.rows) + 1))
    for row in reasons:
        assert_sentence(row["Errors"].splitlines()[0].partition(" (")[2].removesuffix(")"))


@pytest.mark.parametrize("name", DRY)
def test_a_dry_run_says_the_same(dry_runs: dict[str, dict[str, Any]], name: str) -> None:
    wanted, found = DRY[name], dry_runs[name]
    codes = [(error["row"], error["code"]) for error in found["errors"]]
    for error in found["errors"]:
        assert_sentence(error["message"])
    if wanted.code is not None:
        assert not found["usable"]
        assert codes[0][1] == wanted.code
        return
    assert found["usable"], found
    assert found["rows"]["total"] == len(wanted.rows)
    assert codes == [(n, code) for n, code in enumerate(wanted.rows, 1) if code != SOUND]


def test_formulas_come_back_as_they_were_and_none_is_added(client: Client) -> None:
    header = ["=1+1", "name", "images"]
    rows = [[cell, cell, f"{URL} {cell}"] for cell in FORMULAS]
    made = io.StringIO(newline="")
    csv.writer(made).writerows([header, *rows])
    [ended] = client.ended([client.submit(made.getvalue().encode())])
    assert ended.job["rows"] == {"total": len(rows), "rejected": 0}
    for file in (ended.result, ended.failures):
        lines = list(csv.reader(io.StringIO(file, newline="")))
        assert [line[:3] for line in lines] == [header, *rows]
        added = [cell for line in lines for cell in line[3:]]
        assert not [cell for cell in added if cell.startswith(FORMULA)]


@pytest.mark.parametrize("sound", [[], [["", "Cup", URL]]], ids=["no row is sound", "one row is"])
def test_formulas_of_rejected_rows_stand_among_the_failures_as_they_were(
    client: Client, sound: list[list[str]]
) -> None:
    header = ["=1+1", "@name", "+images"]  # two of which the reasons name
    rows = [row for _, row in REJECTED]
    made = io.StringIO(newline="")
    csv.writer(made).writerows([header, *rows, *sound])
    [ended] = client.ended([client.submit(made.getvalue().encode())])
    assert ended.job["rows"] == {"total": len(rows + sound), "rejected": len(rows)}
    _, *lines = csv.reader(io.StringIO(ended.failures, newline=""))
    for number, (line, (code, row)) in enumerate(zip(lines, REJECTED, strict=False), 1):
        cells, added, surplus = line[:3], line[3:6], line[6:]
        assert cells == [*row, "", ""][:3]
        assert surplus == row[3:]
        assert added == ["", added[1], str(number)]
        assert added[1].startswith(f"{code}: ")
    assert len(lines) == len(rows + sound)
