"""What the checks find, and what they look at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Self

from deployment.account import Account
from deployment.deployed import Deployed
from deployment.request import Request
from infra.context import from_context
from infra.settings import Stage


class Level(Enum):
    OK = "ok"
    WARNING = "warning"
    """The deploy may fail for it, or something will be missing."""
    REFUSED = "refused"
    """The deploy would fail for it, minutes later and half done."""


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        text: one sentence: what there is, where, and what to do about it.
        context: what the deploy is to be given because of it.
        fix: what the deploy does first because of it, if nothing is refused.
    """

    level: Level
    text: str
    context: Mapping[str, str] = field(default_factory=dict)
    fix: Callable[[], None] | None = None


def ok(
    text: str, *, context: Mapping[str, str] | None = None, fix: Callable[[], None] | None = None
) -> Finding:
    return Finding(Level.OK, text, context or {}, fix)


def warning(text: str, *, context: Mapping[str, str] | None = None) -> Finding:
    return Finding(Level.WARNING, text, context or {})


def refused(text: str) -> Finding:
    return Finding(Level.REFUSED, text)


@dataclass(frozen=True)
class Case:
    """What is to be deployed, and where.

    Attributes:
        root: the checkout.
        deployed: the stage's stack, if there is one.
        context: for `cdk`, with what the checks so far have added.
        interactive: whether somebody at a terminal can answer a question.
    """

    root: Path
    account: Account
    request: Request
    deployed: Deployed | None
    context: Mapping[str, str]
    interactive: bool

    @cached_property
    def stage(self) -> Stage:
        """The settings as the CDK app will have them.

        Raises:
            SettingsError: a choice has a wrong value.
        """
        return from_context(self.context.get)

    def choosing(self, context: Mapping[str, str]) -> Self:
        """The same case with more context."""
        return type(self)(
            root=self.root,
            account=self.account,
            request=self.request,
            deployed=self.deployed,
            context={**self.context, **context},
            interactive=self.interactive,
        )


Check = Callable[[Case], Iterator[Finding]]
