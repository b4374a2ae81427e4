"""What the template says of each function, and how its zips are unzipped."""

import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from packages import contents
from packages.contents import Archive
from packages.publish import Published
from tests.unit.packages.zips import archive

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "PipelineLayer": {
            "Type": "AWS::Lambda::LayerVersion",
            "Properties": {"Description": "Darkroom pipeline", "Content": {"S3Key": "p.zip"}},
        },
        "Api": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "api.handler.handler",
                "Code": {"S3Key": "api.zip"},
                "Layers": [{"Ref": "PipelineLayer"}],
                "Timeout": 20,
                "MemorySize": 1024,
                "Environment": {
                    "Variables": {
                        "POWERTOOLS_SERVICE_NAME": "api",
                        "API_URL": {"Fn::Join": ["", []]},
                        "DATABASE_SECRET_ARN": {"Ref": "Secret"},
                        "UPLOADS_BUCKET": {"Ref": "Uploads"},
                        "RETENTION_DAYS": "90",
                    }
                },
            },
        },
        "Runner": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Code": {"ZipFile": "def handler(*_): pass\n"},
            },
        },
        "Provider": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Runtime": "nodejs22.x", "Handler": "index.handler"},
        },
    }
}


def test_functions_are_read_with_their_layers_of_either_build(tmp_path: Path) -> None:
    published = Published(tmp_path, TEMPLATE, {"pipeline": "here.zip"})
    api, runner = contents.for_aws(published)
    assert (api.name, api.handler, api.memory, api.timeout) == (
        *("api", "api.handler.handler", 1024, 20),
    )
    assert [each.path.name for each in api.archives] == ["api.zip", "p.zip"]
    assert [each.path.name for each in contents.for_here(published)[0].layers] == ["here.zip"]
    assert [each.name for each in runner.code.files()] == ["index.py"]


def test_aws_s_own_layers_are_used_where_no_others_were_built(tmp_path: Path) -> None:
    published = Published(tmp_path, TEMPLATE, {})
    assert contents.for_here(published)[0] == contents.for_aws(published)[0]


def test_settings_that_only_a_deploy_knows_are_made_up(tmp_path: Path) -> None:
    api = contents.for_aws(Published(tmp_path, TEMPLATE, {}))[0]
    made = contents.settings(api)
    assert made["RETENTION_DAYS"] == "90"
    assert made["API_URL"] == "https://api-url.example"
    assert made["UPLOADS_BUCKET"] == "uploads-bucket"
    assert made["DATABASE_SECRET_ARN"].startswith("arn:aws:secretsmanager:")


def test_files_are_unzipped_with_their_permissions_less_writing(tmp_path: Path) -> None:
    archive(tmp_path / "x.zip", {"a/b.py": b"1"}, mode=0o755).unzip(tmp_path / "out")
    file = tmp_path / "out" / "a" / "b.py"
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"1", 0o555)


@pytest.mark.parametrize(
    ("name", "mode"),
    [("../b.py", stat.S_IFREG | 0o644), ("b.py", stat.S_IFLNK | 0o777)],
    ids=["outside", "a link"],
)
def test_what_is_no_ordinary_file_is_refused(tmp_path: Path, name: str, mode: int) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as written:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        written.writestr(entry, "/etc/passwd")
    with pytest.raises(ValueError, match=r"layer shop: .*b\.py is not an ordinary file"):
        Archive("layer shop", tmp_path / "x.zip").unzip(tmp_path / "out")
