"""``python -m chaos --seed N --images N``: what ``make chaos`` calls."""

import argparse
import json
import os
import secrets
import sys
import time
from pathlib import Path

import psycopg

from chaos import checks, report
from chaos.client import ApiGoneError
from chaos.stage import run
from localcloud.errors import CloudError
from localcloud.proxies import past_proxies

ROOT = Path(__file__).resolve().parents[2]
SHOWN = 20


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="chaos", description="A fault campaign.")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--state", type=Path, default=ROOT / ".local" / "chaos")
    asked = parser.parse_args(arguments)
    os.environ.update(past_proxies(os.environ))
    again = f"make chaos SEED={asked.seed} IMAGES={asked.images}"
    say(f"A fault campaign; to repeat it: {again}\n")
    told = play(asked.state, asked.seed, asked.images)
    (ROOT / ".local" / "chaos.json").write_text(json.dumps(told, indent=2) + "\n")
    for breach in told["breaches"][:SHOWN]:
        say(f"BREACH: {breach}")
    if told["breaches"]:
        say(f"\nPromises were broken: {len(told['breaches'])}. To repeat it: {again}")
        return 1
    say("\nEvery promise was kept.")
    return 0


def play(state: Path, seed: int, images: int) -> report.Report:
    """One campaign and what there is to say of it, whatever became of it."""
    began = time.monotonic()
    try:
        with run(ROOT, state, seed=seed, images=images, say=say) as campaign:
            found = list(checks.breaches(campaign))
            told = report.of(campaign, found, seconds=time.monotonic() - began)
    except (ApiGoneError, CloudError, TimeoutError, psycopg.Error) as error:
        breach = f"the campaign did not come to its end: {error}"
        return {"seed": seed, "images": images, "breaches": [breach]}
    say("\n".join(report.lines(told)))
    return told


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
