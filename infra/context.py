"""The stage that the CDK context asks for: ``-c stage=prod -c alarm_email=ops@example.com``."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from infra.concurrency import fitted
from infra.settings import STAGES, STORES, Local, SettingsError, Stage

CHOICES = (
    "alarm_email",
    "contact",
    "stores",
    "images_domain",
    "images_certificate",
    "availability_zones",
    "database_class",
    "backup_days",
)
"""What an operator chooses for good. The other keys are about a single deploy."""

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
HOST_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
CERTIFICATE = re.compile(r"arn:aws:acm:us-east-1:\d{12}:certificate/[0-9a-f-]+")
DATABASE_CLASS = re.compile(r"[a-z][a-z0-9]*\.[a-z0-9]+")
MOST_BACKUP_DAYS = 35
"""RDS keeps automated backups no longer, and with 0 makes none."""

ZONES = 2
"""RDS asks for two, and more would cost more endpoints."""

Context = Callable[[str], Any]
"""Looks up one context key; ``None`` where it is not set."""


def from_context(context: Context) -> Stage:
    """The stage that ``-c stage=…`` names, ``dev`` by default, with what else the context gives.

    Raises:
        SettingsError: an unknown stage, the local one without its emulator and database, or a
            value that AWS would refuse after minutes.
    """
    name = context("stage") or "dev"
    if name not in STAGES:
        raise SettingsError(f"There is no stage {name!r}; choose one of {', '.join(STAGES)}.")
    chosen = {key: str(context(key)).strip() for key in CHOICES if context(key)}
    stage = _with_choices(STAGES[name], chosen)
    if name == "local":
        return replace(stage, local=_local(context))
    if quota := context("account_concurrency"):
        quota = _whole("account_concurrency", quota, at_least=1)
        stage = replace(stage, concurrency=fitted(stage.concurrency, quota))
    return replace(stage, first_deploy=_yes("first_deploy", context("first_deploy")))


def _with_choices(stage: Stage, chosen: dict[str, str]) -> Stage:
    instance = replace(
        stage.instance,
        type=_matching(DATABASE_CLASS, "database_class", chosen, "like t4g.micro")
        or stage.instance.type,
        backup_days=_whole(
            "backup_days",
            chosen.get("backup_days", stage.instance.backup_days),
            at_least=1,
            at_most=MOST_BACKUP_DAYS,
        ),
    )
    return replace(
        stage,
        chosen=chosen,
        instance=instance,
        alarm_email=_matching(EMAIL, "alarm_email", chosen, "an e-mail address")
        or stage.alarm_email,
        contact=chosen.get("contact", stage.contact),
        stores=_stores(chosen["stores"]) if "stores" in chosen else stage.stores,
        images_domain=_matching(
            HOST_NAME, "images_domain", chosen, "a host name like images.example.com"
        ),
        images_certificate=_matching(
            CERTIFICATE, "images_certificate", chosen, "the ARN of an ACM certificate in us-east-1"
        ),
        availability_zones=_zones(chosen.get("availability_zones", "")),
    )


def _matching(pattern: re.Pattern[str], key: str, chosen: dict[str, str], wanted: str) -> str:
    value = chosen.get(key, "")
    if value and not pattern.fullmatch(value):
        raise SettingsError(f"{key} must be {wanted}, not {value!r}.")
    return value


def _whole(key: str, value: object, *, at_least: int, at_most: int | None = None) -> int:
    """A whole number, which comes as text from the command line."""
    text = str(value)
    if text.isdecimal() and at_least <= int(text) <= (at_most or int(text)):
        return int(text)
    wanted = f"from {at_least} to {at_most}" if at_most else f"of at least {at_least}"
    raise SettingsError(f"{key} must be a whole number {wanted}, not {text!r}.")


def _yes(key: str, value: object) -> bool:
    text = str(value or "false").lower()
    if text not in ("true", "false"):
        raise SettingsError(f"{key} must be true or false, not {text!r}.")
    return text == "true"


def _zones(listed: str) -> tuple[str, ...]:
    zones = tuple(zone.strip() for zone in listed.split(",") if zone.strip())
    if zones and len(set(zones)) != ZONES:
        raise SettingsError(
            f"availability_zones must name {ZONES} different zones, with a comma between them: "
            "us-east-1a,us-east-1b."
        )
    return zones


def _stores(listed: str) -> tuple[str, ...]:
    stores = tuple(listed.split(","))
    if set(stores) - set(STORES) or len(set(stores)) < len(stores):
        raise SettingsError(
            f"There are no stores {listed!r}; list {' and '.join(STORES)}, the usual one first, "
            "with a comma between them."
        )
    return stores


def _local(context: Context) -> Local:
    needed = ("endpoint_url", "database_url", "python_version")
    missing = [key for key in needed if not context(key)]
    if missing:
        raise SettingsError(
            f"The stage 'local' needs -c {'=… -c '.join(missing)}=…; `make up` passes them."
        )
    networks = context("allowed_networks")
    return Local(
        endpoint_url=context("endpoint_url").rstrip("/"),
        database_url=context("database_url"),
        allowed_networks="127.0.0.0/8,::1/128" if networks is None else networks,
        python_version=context("python_version"),
        platform=context("platform") or "",
        api_url=context("api_url") or "",
        storage_url=context("storage_url") or "",
    )
