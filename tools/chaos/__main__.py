"""``python -m chaos --seed N --images N``: what ``make chaos`` calls."""

import argparse
import json
import os
import secrets
import sys
import time
from pathlib import Path

from chaos import checks, report
from chaos.client import ApiGoneError
from chaos.stage import run
from localcloud.errors import CloudError

ROOT = Path(__file__).resolve().parents[2]
SHOWN = 20


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="chaos", description="A fault campaign.")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--state", type=Path, default=ROOT / ".local" / "chaos")
    asked = parser.parse_args(arguments)
    os.environ["NO_PROXY"] = ",".join(["127.0.0.1,localhost", os.environ.get("NO_PROXY", "")])
    again = f"make chaos SEED={asked.seed} IMAGES={asked.images}"
    print(f"A fault campaign; to repeat it: {again}\n", flush=True)
    began = time.monotonic()
    try:
        with run(
            ROOT,
            asked.state,
            seed=asked.seed,
            images=asked.images,
            say=lambda line: print(line, flush=True),
        ) as campaign:
            found = list(checks.breaches(campaign))
            told = report.of(campaign, found, seconds=time.monotonic() - began)
    except (ApiGoneError, CloudError, TimeoutError) as error:
        print(f"\nBREACH: the campaign did not come to its end: {error}\nTo repeat it: {again}")
        return 1
    (ROOT / ".local" / "chaos.json").write_text(json.dumps(told, indent=2) + "\n")
    print("\n".join(report.lines(told)))
    for breach in found[:SHOWN]:
        print(f"BREACH: {breach}")
    if found:
        print(f"\n{len(found)} promises were broken. To repeat it: {again}")
        return 1
    print("\nEvery promise was kept.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
