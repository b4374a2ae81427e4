"""What the operator says: the choices, the alarms' address, and whether permissions may change."""

from collections.abc import Iterator

from deployment.preflight.findings import Case, Finding, ok, refused, warning
from infra.settings import SettingsError


def choices(case: Case) -> Iterator[Finding]:
    """The choices that the stage is deployed with."""
    try:
        case.stage  # noqa: B018 (raises)
    except SettingsError as error:
        yield refused(f"{str(error).rstrip('.')}.")
        return
    chosen = {key: value for key, value in case.context.items() if key != "stage"}
    kept = sorted(key for key in chosen if key not in case.request.given)
    said = ", ".join(f"{key.upper()}={value}" for key, value in sorted(chosen.items()))
    if not chosen:
        yield ok("Nothing is chosen, so the stage's own settings hold.")
    elif kept:
        yield ok(f"Chosen: {said}; kept from the last deploy: {', '.join(map(str.upper, kept))}.")
    else:
        yield ok(f"Chosen: {said}.")


def alarm_address(case: Case) -> Iterator[Finding]:
    """The address that alarms go to."""
    address, stage = case.stage.alarm_email, case.request.stage
    if address:
        yield ok(f"Alarms go to {address}, once the mail that AWS sends there is confirmed.")
    elif case.stage.keep_data:
        yield refused(
            f"{stage} has no address for its alarms: say make deploy STAGE={stage} "
            "ALARM_EMAIL=you@example.com."
        )
    else:
        yield warning("Alarms go nowhere: ALARM_EMAIL=you@example.com sends them to you.")


def approval(case: Case) -> Iterator[Finding]:
    """Who approves a change of permissions."""
    if case.request.approve == "never":
        yield ok("Changes of permissions are not asked about (APPROVE=never).")
    elif case.interactive:
        yield ok("You are asked before permissions change; APPROVE=never leaves that out.")
    else:
        yield refused(
            "Nobody can be asked about changes of permissions, since this is no terminal: "
            "look at make diff, then say APPROVE=never."
        )
