"""The commands and their help."""

import os
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from darkroom.commands import jobs, lists, results, submit, validate
from darkroom.errors import CommandError, ExitCode

HELP = (
    "Image processing for product catalogues, from the command line.\n\n"
    "Talks to the Darkroom that DARKROOM_API_URL and DARKROOM_API_KEY name, else to the local "
    "cloud whose .local/stack.json is in this folder or above it.\n\n"
    "Progress is shown as bars on a terminal and as plain lines elsewhere; in a pipe, lists are "
    "lines of cells apart by tabs."
)
EXIT_CODES = (
    "Exit codes: 0 done · 1 the API or the network said no · 2 the command cannot be carried out "
    "as it was called · 3 the job has failed images or rejected rows, or validate found errors · "
    "4 the job was rejected, cancelled, or expired · 130 interrupted by Ctrl-C: the job goes on"
)


class Commands(TyperGroup):
    """Ends each command with a sentence and an exit code of ours."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 (typer keeps the context's class to itself)
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except CommandError as error:
            print(f"darkroom: {error.message}", file=sys.stderr)
            raise typer.Exit(error.code) from error
        except BrokenPipeError:  # whoever read our output has seen enough
            # The interpreter flushes once more as it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitCode.BROKEN_PIPE) from None


def _version(asked: bool) -> None:
    if asked:
        print(f"darkroom {version('darkroom')}")
        raise typer.Exit


def _root(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Replaced by HELP."""


def application() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="darkroom",
        cls=Commands,
        help=HELP,
        epilog=EXIT_CODES,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(cls=Commands, help=HELP, epilog=EXIT_CODES)(_root)
    for command in (
        submit.submit,
        validate.validate,
        jobs.status,
        jobs.watch,
        lists.jobs,
        lists.images,
        results.result,
        results.failures,
        jobs.retry,
        jobs.cancel,
        lists.deliveries,
        lists.redeliver,
    ):
        app.command()(command)
    return app
