"""``make rehearse``: where, and whether its person means it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from deployment import account as aws
from deployment.asking import confirm
from deployment.errors import DeploymentError
from deployment.rehearsal.on_aws import OnAws
from deployment.rehearsal.on_local_cloud import OnLocalCloud
from deployment.rehearsal.run import rehearse as run
from deployment.rehearsal.target import Target
from deployment.removal import Report
from localcloud.cloud import LocalCloud
from localcloud.processes import free_port

PLACES = ("aws", "local")


def rehearse(
    root: Path,
    environment: Mapping[str, str],
    report: Report,
    *,
    ask: Callable[[str], str] = input,
) -> int:
    """Rehearses in the place that ``WHERE`` names, ``aws`` by default; the exit code.

    Raises:
        DeploymentError: there is no such place, or it was not confirmed.
    """
    where = environment.get("WHERE", "").strip() or PLACES[0]
    if where not in PLACES:
        raise DeploymentError(f"WHERE must be one of {', '.join(PLACES)}, not {where!r}.")
    folder = root / ".local" / "rehearsal"
    target: Target
    if where == "local":
        record = folder / "local.json"
        port, state = _port(folder), folder / "cloud"
        target = OnLocalCloud(
            LocalCloud(root, state=state, port=port),
            earlier=lambda release: LocalCloud(release, state=state, port=port),
        )
    else:
        account = aws.sign_in(environment)
        # One for each place: another account's rehearsal is not this one's beginning.
        record = folder / f"{account.number}-{account.region}.json"
        target = OnAws(root, account, report)
        if not record.exists():
            target.refuse_a_stage_of_somebody()
        report(
            f"This deploys the stage {target.stage} into {target.name}, works with it for about "
            "two hours and $2, and deletes it with all its data."
        )
        confirm("yes", said=environment.get("CONFIRM", "").strip(), what="begin", ask=ask)
    return run(target, record, report, keep=bool(environment.get("KEEP")))


def _port(folder: Path) -> int | None:
    """A free one for a new cloud; the one that it has for a cloud of an earlier run."""
    return None if (folder / "cloud" / "emulator.json").exists() else free_port()
