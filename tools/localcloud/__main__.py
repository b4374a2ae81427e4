"""``python -m localcloud COMMAND``: what the Makefile calls."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from localcloud.cloud import from_environment
from localcloud.errors import CloudError
from localcloud.proxies import past_proxies

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    command, rest = (arguments or [""])[0], arguments[1:]
    if command not in COMMANDS:
        print(f"usage: localcloud {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    os.environ.update(past_proxies(os.environ))
    try:
        return COMMANDS[command](*rest)
    except CloudError as error:
        print(f"darkroom: {error}", file=sys.stderr)
    except OSError as error:  # a full disk, a folder that somebody else owns
        print(f"darkroom: {error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ndarkroom: interrupted; the next run carries on.", file=sys.stderr)
        return 130
    return 1


def up() -> int:
    stack = from_environment(ROOT, report=report).up()
    print(f"The local cloud is up; all its addresses are in {ROOT / '.local' / 'stack.json'}.")
    print(f"  console     {stack.console_url}")
    print(f"  Swagger UI  {stack.docs_url}")
    print(f"  API         {stack.api_url}")
    print(f"  API key     {stack.api_key}")
    return 0


def down() -> int:
    stopped = from_environment(ROOT, report=report).down()
    print("The local cloud is down." if stopped else "The local cloud was not running.")
    return 0


def demo() -> int:
    from localcloud.demo.run import demo as run_demo  # noqa: PLC0415 (pictures need what the others do without)

    return run_demo(ROOT, from_environment(ROOT, report=report).up())


def fuzz(*options: str) -> int:
    from localcloud.fuzz import fuzz as run_fuzz  # noqa: PLC0415 (as above)

    return run_fuzz(from_environment(ROOT, report=report).up(), *options)


def upgrade(images: str = "") -> int:
    from localcloud.upgrade.run import IMAGES  # noqa: PLC0415 (as above)
    from localcloud.upgrade.run import upgrade as run_upgrade  # noqa: PLC0415

    if not (images or "1").isdecimal():
        raise CloudError(f"IMAGES must be a number, not {images!r}.")
    return run_upgrade(ROOT, ROOT / ".local" / "upgrade", int(images or IMAGES), report)


def report(line: str) -> None:
    print(line, flush=True)


COMMANDS: dict[str, Callable[..., int]] = {
    "up": up,
    "down": down,
    "demo": demo,
    "fuzz": fuzz,
    "upgrade": upgrade,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
