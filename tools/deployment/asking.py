"""Asking before something is deleted for good."""

import sys
from collections.abc import Callable

from deployment.errors import DeploymentError


def confirm(expected: str, *, said: str, what: str, ask: Callable[[str], str] = input) -> None:
    """Goes on only if somebody has typed ``expected``.

    Args:
        said: what the command line says already, by ``CONFIRM=``.
        what: is about to be done.
        ask: puts a question to the person at the terminal.

    Raises:
        DeploymentError: something else was typed, or nobody is there to type.
    """
    if not said:
        if ask is input and not sys.stdin.isatty():
            raise DeploymentError(
                f"This is no terminal, so nobody can be asked: say CONFIRM={expected}."
            )
        said = ask(f"Type {expected} to {what}: ").strip()
    if said != expected:
        raise DeploymentError(f"{said!r} is not {expected!r}; nothing was done.")
