import json
import stat
from pathlib import Path

import pytest

from localcloud.backends import Runtime
from localcloud.users_emulator import record
from localcloud.users_emulator.record import Record

RUNTIME = Runtime(
    python_version="3.13",
    platform="x86_64-manylinux_2_34",
    api_url="http://127.0.0.1:4566/_aws/execute-api/{id}/$default",
    endpoint_url="http://127.0.0.1:4566",
)
KNOWN = Record(endpoint_url="http://127.0.0.1:4566", region="us-east-1", account="000000000000")


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(KNOWN, id="about to be deployed"),
        pytest.param(
            Record(
                endpoint_url="http://127.0.0.1:4566",
                region="eu-central-1",
                account="123456789012",
                stack_id="arn:aws:cloudformation:…",
                database_url="postgresql://me:pw@db/darkroom",
                runtime=RUNTIME,
            ),
            id="deployed",
        ),
    ],
)
def test_what_is_written_is_read_again_until_it_is_forgotten(tmp_path: Path, known: Record) -> None:
    record.write(tmp_path, known)
    assert record.read(tmp_path) == known
    assert stat.S_IMODE((tmp_path / record.FILE).stat().st_mode) == 0o600
    record.forget(tmp_path)
    record.forget(tmp_path)
    assert record.read(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"runtime": null}', json.dumps({"runtime": {"python": "3.13"}})],
    ids=["empty", "torn", "a list", "nothing", "no address", "another runtime"],
)
def test_a_file_of_another_kind_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / record.FILE).write_text(content)
    assert record.read(tmp_path) is None
