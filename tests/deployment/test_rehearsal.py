"""A rehearsal goes on where it was interrupted, and deletes at its end whatever has failed."""

import json
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from deployment.account import Account
from deployment.errors import DeploymentError
from deployment.rehearsal import on_aws, places, recipes
from deployment.rehearsal.on_aws import OnAws
from deployment.rehearsal.run import rehearse
from deployment.rehearsal.steps import STEPS, Life, Step
from deployment.rehearsal.target import Address, NotRehearsedError, Target
from localcloud.demo.sample import FAILURES, GOOD
from tests.cloud import ROOT
from tests.deployment.accounts import Say, scripted
from tests.deployment.stacks import BUCKET, create


class Nowhere:
    """A target that no step of these tests asks anything."""

    name = "nowhere"


class Steps:
    """Steps that write down that they were taken; ``broken`` ones fail first."""

    def __init__(self, *names: str, broken: dict[str, BaseException] | None = None) -> None:
        self.taken: list[str] = []
        self.broken = broken or {}
        self.all = [Step(name, "does", "proves", self._step(name)) for name in names]

    def _step(self, name: str) -> Callable[[Life], None]:
        def run(life: Life) -> None:
            self.taken.append(name)
            life.notes[name] = "was here"
            if name in self.broken:
                raise self.broken[name]

        return run


def run(steps: Steps, record: Path, say: Say, *, keep: bool = False) -> int:
    return rehearse(cast("Target", Nowhere()), record, say, keep=keep, steps=steps.all)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "rehearsal" / "record.json"


def test_each_step_is_taken_once_and_the_record_goes_with_the_stage(record: Path, say: Say) -> None:
    steps = Steps("deploy", "demo", "destroy")
    assert run(steps, record, say) == 0
    assert steps.taken == ["deploy", "demo", "destroy"]
    assert not record.exists()
    assert say.lines[-1] == "\nAll went well."


def test_the_stage_is_deleted_though_a_step_failed(record: Path, say: Say) -> None:
    steps = Steps("deploy", "demo", "rotate", "destroy", broken={"demo": DeploymentError("Hm.")})
    assert run(steps, record, say) == 1
    assert steps.taken == ["deploy", "demo", "destroy"]
    assert not record.exists()
    assert "  demo      failed" in say.lines
    assert "  rotate   not yet" in say.lines
    assert say.lines[-1] == "\nThe rehearsal on nowhere failed: demo: Hm."


def test_a_stage_that_is_kept_goes_on_with_the_step_that_failed(record: Path, say: Say) -> None:
    steps = Steps("deploy", "demo", "destroy", broken={"demo": OSError("no route")})
    assert run(steps, record, say, keep=True) == 1
    assert steps.taken == ["deploy", "demo"]
    assert stat.S_IMODE(record.stat().st_mode) == 0o600, "it holds an API key"
    steps.broken.clear()
    assert run(steps, record, say, keep=True) == 0
    assert steps.taken == ["deploy", "demo", "demo", "destroy"]


def test_an_interrupted_rehearsal_deletes_nothing_and_goes_on(record: Path, say: Say) -> None:
    steps = Steps("deploy", "demo", "destroy", broken={"deploy": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        run(steps, record, say)
    assert record.exists(), "the stage that is there now is known to be the rehearsal's"
    steps.broken = {"demo": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        run(steps, record, say)
    assert steps.taken == ["deploy", "deploy", "demo"]
    assert json.loads(record.read_text())["notes"]["deploy"] == "was here"
    steps.broken.clear()
    assert run(steps, record, say) == 0
    assert steps.taken[3:] == ["demo", "destroy"]


def test_what_cannot_be_rehearsed_is_named_and_nothing_is_said_to_be_proven(
    record: Path, say: Say
) -> None:
    reason = NotRehearsedError("the restore: there is no RDS")
    assert run(Steps("restore", "destroy", broken={"restore": reason}), record, say) == 0
    assert "  restore      not  the restore: there is no RDS" in say.lines


def test_a_deletion_that_failed_is_tried_again_by_the_next_run(record: Path, say: Say) -> None:
    steps = Steps("deploy", "destroy", broken={"destroy": DeploymentError("An interface stays.")})
    assert run(steps, record, say) == 1
    assert record.exists()
    steps.broken.clear()
    assert run(steps, record, say) == 0
    assert steps.taken == ["deploy", "destroy", "destroy"]


# --- on AWS ---------------------------------------------------------------------------------------


def test_a_stage_of_somebody_s_is_not_rehearsed_over(
    emulated: Account, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = OnAws(ROOT, emulated, say)
    target.refuse_a_stage_of_somebody()
    create(emulated, target._request, {"Images": BUCKET})
    try:
        with pytest.raises(DeploymentError, match=r"darkroom-dev is deployed .* already"):
            target.refuse_a_stage_of_somebody()
    finally:
        emulated.client("cloudformation").delete_stack(StackName="darkroom-dev")


def test_the_demo_s_pictures_are_where_the_internet_has_them(mocked: Account, say: Say) -> None:
    mocked.client("s3").create_bucket(Bucket="images-bucket")
    outputs = {"ImagesBucket": "images-bucket", "ImagesUrl": "https://cdn.example"}
    target = OnAws(ROOT, mocked, say)
    urls = target._published(outputs, Address("https://api.example", "migrator"))
    sample = on_aws.PublicSample(urls)
    kept = mocked.client("s3").list_objects_v2(Bucket="images-bucket")["Contents"]
    published = {f"https://cdn.example/{each['Key']}" for each in kept}
    elsewhere = sample.images - published
    assert elsewhere == {
        "https://api.example/gone.jpg",
        "https://api.example/missing.jpg",
        "https://images-bucket.s3.us-east-1.amazonaws.com/images/rehearsal/mug-sky.jpg",
        *(name for name in FAILURES if "://" in name),
    }
    good = {image for row in GOOD for image in row.images}
    assert {sample.url(image) for image in good} <= published


def rotation(*stages: dict[str, list[str]]) -> Any:
    outputs = [{"OutputKey": "DatabaseSecret", "OutputValue": "secret"}]
    stack = {
        "StackId": "arn",
        "StackName": "darkroom-dev",
        "StackStatus": "CREATE_COMPLETE",
        "CreationTime": "2026-01-01T00:00:00Z",
        "Outputs": outputs,
    }
    first, *later = [
        ("describe_secret", {"VersionIdsToStages": {name * 32: labels[name] for name in labels}})
        for labels in stages
    ]
    return scripted(
        cloudformation=[("describe_stacks", {"Stacks": [stack]})],
        secretsmanager=[first, ("rotate_secret", {}), *later],
    )


def test_a_rotation_is_waited_for_until_no_version_is_pending(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_aws, "POLL", 0)
    account = rotation(
        {"1": ["AWSCURRENT"]},
        {"1": ["AWSCURRENT"]},
        {"1": ["AWSCURRENT"], "2": ["AWSPENDING"]},
        {"1": ["AWSPREVIOUS"], "2": ["AWSCURRENT", "AWSPENDING"]},
    )
    OnAws(ROOT, account, say).rotate_database_password()


def test_a_rotation_that_does_not_end_fails(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_aws, "POLL", 0)
    monkeypatch.setattr(on_aws, "PATIENCE", -1)
    account = rotation({"1": ["AWSCURRENT"]}, {"1": ["AWSCURRENT"], "2": ["AWSPENDING"]})
    with pytest.raises(DeploymentError, match="in vain until the password is rotated"):
        OnAws(ROOT, account, say).rotate_database_password()


# --- where, and the recipes -----------------------------------------------------------------------


def test_there_are_two_places(say: Say) -> None:
    with pytest.raises(DeploymentError, match="WHERE must be one of aws, local, not 'moon'"):
        places.rehearse(ROOT, {"WHERE": "moon"}, say)


@pytest.mark.parametrize("answer", [pytest.param("", id="nothing"), "no"])
def test_an_account_is_only_used_by_somebody_who_means_it(
    aws: None, tmp_path: Path, say: Say, answer: str
) -> None:
    with pytest.raises(DeploymentError, match="nothing was done"):
        places.rehearse(tmp_path, {"AWS_REGION": "us-east-1"}, say, ask=lambda _: answer)
    assert "account 123456789012, us-east-1" in say.text


def test_the_page_s_commands_are_run_in_their_order_until_one_fails(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / recipes.PAGE).write_text(
        "# Operations\n\n    export STAGE=prod\n    say() { echo $1-$STAGE >> said; }\n\n"
        "### Restore\n\nFirst:\n\n    export AT=now\n    say one; say $AT\n\nthen\n\n"
        "    [ $FAILS = no ]\n    say two\n\n### Other\n\n    say never\n"
    )
    replaced = {"export STAGE=": "export STAGE=dev", "export AT=": "export AT=then"}
    recipes.run(tmp_path, "Restore", environment={"FAILS": "no"}, replaced=replaced)
    assert (tmp_path / "said").read_text().split() == ["one-dev", "then-dev", "two-dev"]
    with pytest.raises(DeploymentError, match="A command of 'Restore' in"):
        recipes.run(tmp_path, "Restore", environment={"FAILS": "yes"}, replaced=replaced)
    with pytest.raises(DeploymentError, match="no commands in a section 'Nothing'"):
        recipes.run(tmp_path, "Nothing", environment={}, replaced={})


def test_the_restore_of_the_rehearsal_is_the_page_s_and_for_the_right_stage_and_moment() -> None:
    page = (ROOT / recipes.PAGE).read_text("utf-8")
    script = recipes.commands(page, recipes.BEGINNING) + recipes.commands(
        page, "Restore the database"
    )
    assert script.count("\nexport AT=") == 1
    assert script.startswith("export STAGE=")
    assert "restore-db-instance-to-point-in-time" in script
    checked = subprocess.run(
        ["bash", "-n"], input=script, text=True, capture_output=True, check=False
    )
    assert checked.stderr == "", "bash can read it"


def test_the_last_step_is_the_one_that_deletes() -> None:
    assert STEPS[-1].name == "destroy"


def test_a_release_that_this_clone_lacks_is_named(
    tmp_path: Path, say: Say, mocked: Account
) -> None:
    release = '[tool.darkroom.last-release]\nversion = "0.7.0"\ncommit = "0000000"\n'
    (tmp_path / "pyproject.toml").write_text(release)
    with pytest.raises(NotRehearsedError, match=r"the upgrade: The last release, 0\.7\.0"):
        OnAws(tmp_path, mocked, say).deploy_last_release()


def test_a_release_that_aws_refuses_is_not_tried(tmp_path: Path, say: Say, mocked: Account) -> None:
    release = '[tool.darkroom.last-release]\nversion = "0.1.0"\ncommit = "0000000"\n'
    (tmp_path / "pyproject.toml").write_text(release)
    with pytest.raises(NotRehearsedError, match=r"AWS refuses 0\.1\.0, which describes"):
        OnAws(tmp_path, mocked, say).deploy_last_release()
