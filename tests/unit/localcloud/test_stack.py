import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from localcloud import stack
from localcloud.errors import CloudError

OUTPUTS = {
    "ApiUrl": "http://127.0.0.1:4566/_aws/execute-api/abc/$default",
    "ImagesUrl": "http://127.0.0.1:4566/images",
    "MigratorFunction": "migrator",
    **{f"{name.capitalize()}Bucket": f"bucket-{name}" for name in stack.BUCKETS},
    **{f"{name.capitalize()}QueueUrl": f"http://queues/{name}" for name in stack.QUEUES},
    **{f"{name.capitalize()}DeadQueueUrl": f"http://queues/dead/{name}" for name in stack.QUEUES},
}


@pytest.fixture
def described() -> stack.Stack:
    return stack.describe(
        OUTPUTS,
        api_key="dk_1",
        aws_endpoint_url="http://127.0.0.1:4566",
        database_url="postgresql://postgres:secret@127.0.0.1:5432/darkroom",
    )


def test_outputs_become_the_names_that_clients_know(described: stack.Stack) -> None:
    assert described.console_url == f"{OUTPUTS['ApiUrl']}/"
    assert described.docs_url == f"{OUTPUTS['ApiUrl']}/docs"
    assert described.buckets["uploads"] == "bucket-uploads"
    assert described.queues["images"] == "http://queues/images"
    assert described.queues["images-dead"] == "http://queues/dead/images"
    assert len(described.queues) == 10


def test_what_is_written_is_read_again(tmp_path: Path, described: stack.Stack) -> None:
    file = tmp_path / "stack.json"
    stack.write(file, described)
    assert stack.read(file) == described
    assert set(json.loads(file.read_text())) == {
        *("api_url", "api_key", "console_url", "docs_url"),
        *("aws_endpoint_url", "database_url", "queues", "buckets"),
        *("aws_region", "this_machine"),
    }


def test_servers_for_the_functions_are_known_by_the_name_that_they_reach(
    described: stack.Stack,
) -> None:
    assert described.host() == "127.0.0.1"
    assert replace(described, this_machine="host.docker.internal").host() == "host.docker.internal"


def test_a_machine_that_they_do_not_reach_is_said_with_what_to_do_instead(
    described: stack.Stack,
) -> None:
    with pytest.raises(CloudError, match=r"reach no server .*/darkroom submit"):
        replace(described, this_machine="").host()


def test_only_its_owner_may_read_the_file(tmp_path: Path, described: stack.Stack) -> None:
    file = tmp_path / "stack.json"
    file.touch(mode=0o644)
    stack.write(file, described)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [None, "", "{", "[]", '{"api_url": "only"}'],
    ids=["no file", "empty", "cut short", "list", "half of it"],
)
def test_a_file_that_is_not_one_is_none(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "stack.json"
    if content is not None:
        file.write_text(content)
    assert stack.read(file) is None
