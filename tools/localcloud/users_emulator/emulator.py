"""An emulator of AWS that the user started, with the stack of this checkout on it."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud import cdk
from localcloud.backends import Runtime
from localcloud.errors import CloudError
from localcloud.users_emulator import address, database, deletion, platforms, record, services
from localcloud.users_emulator.record import Record
from localcloud.users_emulator.trial import HOSTS, Trial

CALLS = Config(connect_timeout=5, read_timeout=300, retries={"total_max_attempts": 1})
"""Emulators load a service when it is first asked, and fetch an image for the first function."""

PAGE = "docs/emulators.md says what was tried with which emulator."


class UsersEmulator:
    """Everything that is done there is done by calls of AWS's APIs; it is neither started nor
    ended."""

    def __init__(
        self,
        state: Path,
        endpoint_url: str,
        *,
        database_url: Callable[[], str],
        database_is_users: bool,
        report: Callable[[str], None],
    ) -> None:
        """
        Args:
            endpoint_url: as ``address.normalised`` gives it.
            database_url: where functions are to find PostgreSQL, once that runs.
            database_is_users: whether the user gave that address.
        """
        self._state = state
        self._database_url = database_url
        self._database_is_users = database_is_users
        self._report = report
        self.endpoint_url = endpoint_url
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        known = self._record
        asked = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return known.region if known else asked or cdk.REGION

    @property
    def account(self) -> str:
        known = self._record
        if known:
            return known.account
        account: str = self._client("sts").get_caller_identity()["Account"]
        return account

    @property
    def identity(self) -> str:
        """The stack's ARN: another one, or none, once somebody has deleted it."""
        return self._stack_id() or ""

    @property
    def runtime(self) -> Runtime:
        """What the trial found, which is asked again for another database.

        Raises:
            CloudError: names all that is missing.
        """
        known = self._known()
        users = self._database_url() if self._database_is_users else None
        if known.runtime is not None and known.database_url == users:
            return known.runtime
        runtime = self._examined()
        record.write(self._state, replace(known, runtime=runtime, database_url=users))
        return runtime

    def is_running(self) -> bool:
        """Whether the stack that this checkout deployed is there.

        Raises:
            CloudError: nothing answers, or another checkout's stack is there.
        """
        self._answers()
        known, there = self._record, self._stack_id()
        if there and (known is None or known.stack_id not in (None, there)):
            raise CloudError(
                f"The emulator at {self.endpoint_url} has a stack {cdk.STACK} that was not "
                "deployed from here: run `make down` where it was, or delete that stack."
            )
        return there is not None

    def start(self) -> None:
        """Asks for all that the stack needs, and remembers that it is about to be there.

        Raises:
            CloudError: names all that is missing.
        """
        self._report(f"Looking at what the emulator at {self.endpoint_url} has …")
        record.forget(self._state)
        runtime = self._examined()
        record.write(
            self._state,
            Record(
                endpoint_url=self.endpoint_url,
                region=self.region,
                account=self.account,
                database_url=self._database_url() if self._database_is_users else None,
                runtime=runtime,
            ),
        )

    def deployed(self) -> None:
        record.write(self._state, replace(self._known(), stack_id=self._stack_id()))

    def stop(self) -> bool:
        """Deletes the stack, with what is in its buckets, and nothing else."""
        known = self._record
        if known is None:
            return False
        if failure := address.answer_failure(self.endpoint_url):
            self._report(
                f"The emulator at {self.endpoint_url} does not answer ({failure}): what was "
                "deployed there is forgotten here, and is not deleted if it comes back."
            )
        elif (there := self._stack_id()) and known.stack_id in (None, there):
            self._report(f"Deleting {cdk.STACK} from the emulator at {self.endpoint_url} …")
            deletion.delete(self._client, cdk.STACK)
        record.forget(self._state)
        return True

    @property
    def _record(self) -> Record | None:
        return record.read(self._state)

    def _known(self) -> Record:
        known = self._record
        if known is None:
            raise CloudError(f"{self._state / record.FILE} is gone; run `make up` again.")
        return known

    def _client(self, service: str) -> Any:  # noqa: ANN401 (of any service)
        if service not in self._clients:  # making one takes longer than most calls
            self._clients[service] = cdk.client(
                service, self.endpoint_url, region=self.region, config=CALLS
            )
        return self._clients[service]

    def _stack_id(self) -> str | None:
        """ARN of the stack, whoever deployed it; ``None`` if there is none."""
        try:
            found = self._client("cloudformation").describe_stacks(StackName=cdk.STACK)["Stacks"]
        except ClientError as error:
            if "does not exist" in services.reason(error):
                return None
            raise CloudError(
                f"The emulator at {self.endpoint_url} does not say what is deployed on it: "
                f"{services.reason(error)}."
            ) from None
        return str(found[0]["StackId"]) if found else None

    def _answers(self) -> None:
        if failure := address.answer_failure(self.endpoint_url):
            known = self._record
            forget = " or let `make down` forget it" if known else ""
            raise CloudError(
                f"No emulator answers at {self.endpoint_url} ({failure}): start it{forget}. "
                f"Without {address.VARIABLE}, `make up` starts an emulator of its own."
            )

    def _examined(self) -> Runtime:
        missing = list(services.missing(self._client))
        reach = database.addresses(self._database_url())
        if not self._database_is_users:
            reach = [(host, port) for host in HOSTS for _, port in reach]
        trial = Trial(self._client, self.endpoint_url, reach)
        trial.run(skip={each.what for each in missing})
        missing += trial.missing
        if missing:
            raise CloudError(
                f"The emulator at {self.endpoint_url} lacks what Darkroom needs: "
                f"{'; '.join(map(str, missing))}. {PAGE}"
            )
        if all(trial.facts["database"]):
            raise CloudError(self._unreachable(reach, trial.facts["database"]))
        return platforms.runtime(trial.facts, trial.api_url)

    def _unreachable(self, reach: list[tuple[str, int]], failures: list[str]) -> str:
        places = ", ".join(f"{host}:{port}" for host, port in reach)
        advice = (
            f"give {database.VARIABLE} an address that they reach"
            if self._database_is_users
            else f"they seem to run in containers, so give a PostgreSQL that they reach as "
            f"{database.VARIABLE}=postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        )
        return (
            f"The functions of the emulator at {self.endpoint_url} do not reach PostgreSQL at "
            f"{places} ({failures[0]}): {advice}."
        )
