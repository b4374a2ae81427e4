"""``make rehearse`` on a local cloud of its own: a whole life, and the end of it."""

from pathlib import Path

from deployment.rehearsal.on_local_cloud import OnLocalCloud
from deployment.rehearsal.run import rehearse
from localcloud.cloud import LocalCloud
from localcloud.processes import free_port
from tests.cloud import REACHABLE, ROOT, own_state


def test_a_stage_lives_its_whole_life_and_what_an_emulator_cannot_do_is_named(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    record = tmp_path / "record.json"
    with own_state("rehearsal") as state:
        port = free_port()

        def cloud_of(root: Path) -> LocalCloud:
            return LocalCloud(root, state=state, port=port, allowed_networks=REACHABLE)

        cloud = cloud_of(ROOT)
        try:
            target = OnLocalCloud(cloud, earlier=cloud_of)
            code = rehearse(target, record, said.append, keep=False)
        finally:
            was_running = cloud.down()
    text = "\n".join(said)
    assert code == 0, text
    assert "darkroom-local is deleted." in said
    assert not was_running, "its own last step has ended the cloud"
    assert not record.exists(), "nothing is left for another run to go on with"
    report = text.split("What was rehearsed:")[1]
    lines = {line.split()[0]: line for line in report.splitlines() if line.startswith("  ")}
    assert list(lines) == ["deploy", "demo", "rotate", "upgrade", "restore", "destroy"]
    assert "in part, but not the change of the database's password" in lines["rotate"]
    assert "a release can be deployed and taken back under load" in lines["upgrade"]
    assert "not  the restore: there is no RDS" in lines["restore"]
