"""The stage's stack as it is now, and what an earlier one may have left in its way."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from deployment import account as aws
from deployment.deployed import Standing
from deployment.preflight.findings import Case, Finding, ok, refused, warning


def standing(case: Case) -> Iterator[Finding]:
    """Whether CloudFormation can deploy the stack now."""
    deployed, stage = case.deployed, case.request.stage
    if deployed is None:
        yield ok(f"{case.request.stack} does not exist yet: this is its first deploy.")
        return
    says = f"{deployed.name} is {deployed.status}"
    by_standing = {
        Standing.UP: ok(f"{says} and is brought up to date."),
        Standing.NEVER_UP: warning(
            f"{says}: its first deploy failed, so what that left behind is cleared away first."
        ),
        Standing.BUSY: refused(f"{says}: CloudFormation is at work on it; wait until it is done."),
        Standing.HALF_DELETED: refused(
            f"{says}: finish that by make destroy STAGE={stage}, then deploy again."
        ),
        Standing.STUCK: refused(
            f"{says} ({deployed.reason.rstrip('.') or 'no reason given'}): go on with `aws "
            f"cloudformation continue-update-rollback --stack-name {deployed.name}`, then deploy "
            "again."
        ),
    }
    yield by_standing[deployed.standing]


def names(case: Case) -> Iterator[Finding]:
    """Names that the first deploy needs and something else may have."""
    if case.deployed is not None:
        return  # they are its own, or are cleared away with it
    name = case.request.stack
    if _database_exists(case, name):
        yield refused(
            f"There is a database {name} that no stack has: delete it, or rename it (aws rds "
            f"modify-db-instance --db-instance-identifier {name} --new-db-instance-identifier "
            f"{name}-old --apply-immediately)."
        )
    else:
        yield ok(f"No database is called {name} yet.")


def _database_exists(case: Case, name: str) -> bool:
    try:
        case.account.client("rds").describe_db_instances(DBInstanceIdentifier=name)
    except ClientError as error:
        if aws.code(error).startswith("DBInstanceNotFound"):
            return False
        raise
    return True
