"""Runs the steps one after another, goes on where an earlier run was interrupted, and reports."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from darkroom.errors import CommandError
from deployment import account as aws
from deployment.errors import DeploymentError
from deployment.rehearsal.steps import STEPS, Life, Step
from deployment.rehearsal.target import NotRehearsedError, Target
from deployment.removal import Report
from localcloud.errors import CloudError

FAILURES = (DeploymentError, CloudError, CommandError, BotoCoreError, ClientError, OSError)


def rehearse(
    target: Target, record: Path, report: Report, *, keep: bool, steps: Sequence[Step] = STEPS
) -> int:
    """Rehearses a stage's life; the exit code.

    Whatever fails, the last step deletes the stage, unless it is to be kept; an interruption leaves
    everything for the next run, which goes on there.

    Args:
        record: where it is written down how far the rehearsal is.
        keep: leaves the stage if a step fails.
    """
    done = _read(record)
    life = Life(target, report, notes=done["notes"])
    *living, last = steps
    failure = ""
    for number, step in enumerate(living, start=1):
        if step.name in done["steps"]:
            report(f"\n{number}. {step.name}: done in an earlier run.")
            continue
        report(f"\n{number}. {step.name}: {step.does}.")
        _write(record, done)  # also before the first: an interruption leaves a stage of ours
        failure = _take(step, life, done)
        _write(record, done)
        if failure:
            break
    if failure and keep:
        report("The stage is kept (KEEP=1); the same command goes on with the step that failed.")
    else:
        report(f"\n{len(steps)}. {last.name}: {last.does}.")
        failure = "; ".join(each for each in (failure, _take(last, life, done)) if each)
        _tell(steps, done, failure, report)
        if last.name in done["steps"]:
            record.unlink(missing_ok=True)
    report(f"\nThe rehearsal on {target.name} failed: {failure}" if failure else "\nAll went well.")
    return 1 if failure else 0


def _take(step: Step, life: Life, done: dict[str, Any]) -> str:
    """Runs a step, and writes down what became of it; why it failed, if it did."""
    began = time.monotonic()
    life.missing.clear()
    try:
        step.run(life)
        said = f"{time.monotonic() - began:.0f} s"
    except NotRehearsedError as error:
        life.missing.append(str(error))
        said = "not"
    except FAILURES as error:
        said = aws.explain(error) if isinstance(error, BotoCoreError | ClientError) else str(error)
        life.report(f"  FAILED: {said}")
        return f"{step.name}: {said}"
    for each in life.missing:
        life.report(f"  not rehearsed here: {each}")
    done["steps"][step.name] = {"said": said, "missing": list(life.missing)}
    return ""


def _tell(steps: Sequence[Step], done: dict[str, Any], failure: str, report: Report) -> None:
    report("\nWhat was rehearsed:")
    for step in steps:
        outcome = done["steps"].get(step.name)
        if outcome is None:
            report(f"  {step.name:<8} {'failed' if f'{step.name}: ' in failure else 'not yet':>7}")
        elif outcome["said"] == "not":
            report(f"  {step.name:<8} {'not':>7}  {'; '.join(outcome['missing'])}")
        elif outcome["missing"]:
            but = "; ".join(outcome["missing"])
            report(f"  {step.name:<8} {outcome['said']:>7}  in part, but not {but}")
        else:
            report(f"  {step.name:<8} {outcome['said']:>7}  {step.proves}")


def _read(record: Path) -> dict[str, Any]:
    try:
        done: dict[str, Any] = json.loads(record.read_text("utf-8"))
    except FileNotFoundError:
        return {"notes": {}, "steps": {}}
    return done


def _write(record: Path, done: dict[str, Any]) -> None:
    """It holds an API key, so only its owner may read it."""
    record.parent.mkdir(parents=True, exist_ok=True)
    record.touch(mode=0o600)
    record.write_text(json.dumps(done, indent=2) + "\n", "utf-8")
