"""What the person at the terminal asks for: ``make deploy STAGE=prod ALARM_EMAIL=…``.

`make` puts what stands on its command line into the environment of what it runs, so a value that
is given empty (``CONTACT=``) differs from one that is not given at all. Each of the choices that
``infra/context.py`` knows has its name in capitals.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from deployment.errors import DeploymentError
from infra.context import CHOICES

STAGES = ("dev", "prod")

APPROVALS = ("never", "broadening", "any-change")
"""When `cdk` asks before it changes permissions, in its own words."""

OTHERS = ("STAGE", "APPROVE", "CONFIRM", "KEEP", "BIN", "WORKERS")


@dataclass(frozen=True)
class Request:
    """One command for one stage.

    Attributes:
        stage: ``dev`` or ``prod``.
        given: the choices that were made now, by context key; an empty one takes a choice back.
        approve: one of ``APPROVALS``, or empty.
        confirm: the stage's name again, where a script answers for a person.
    """

    stage: str
    given: Mapping[str, str] = field(default_factory=dict)
    approve: str = ""
    confirm: str = ""

    @property
    def stack(self) -> str:
        return f"darkroom-{self.stage}"


def read(command: str, environment: Mapping[str, str]) -> Request:
    """What the environment asks ``command`` to do.

    Raises:
        DeploymentError: no stage or an unknown one, a variable that no command knows, or a wrong
            value.
    """
    _refuse_unknown(command, environment.get("MAKEFLAGS", ""))
    stage = environment.get("STAGE", "").strip()
    if stage not in STAGES:
        wrong = f"There is no stage {stage!r}" if stage else "No stage is named"
        raise DeploymentError(f"{wrong}: say make {command} STAGE=dev or STAGE=prod.")
    approve = environment.get("APPROVE", "").strip()
    if approve and approve not in APPROVALS:
        raise DeploymentError(f"APPROVE must be one of {', '.join(APPROVALS)}, not {approve!r}.")
    return Request(
        stage=stage,
        given={
            key: environment[key.upper()].strip() for key in CHOICES if key.upper() in environment
        },
        approve=approve,
        confirm=environment.get("CONFIRM", "").strip(),
    )


def _refuse_unknown(command: str, make_flags: str) -> None:
    """A mistyped variable would be a choice that silently is not made."""
    known = {*OTHERS, *(key.upper() for key in CHOICES)}
    _, _, assignments = make_flags.partition("-- ")
    for assignment in re.split(r"(?<!\\)\s+", assignments):
        name, equals, _ = assignment.partition("=")
        if equals and name not in known and not name.startswith(("AWS_", "DARKROOM_")):
            raise DeploymentError(
                f"make {command} knows no {name}; it takes STAGE, APPROVE, "
                f"{', '.join(key.upper() for key in CHOICES)}."
            )
