"""What a stage costs in a month without a job, and what is left to pay for once it is deleted.

Computed from the stages' CloudFormation templates, so that one resource more is on the bill.
``python -m bench.idle`` shows it; with ``--write`` it goes into ``docs/cost.md``.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench import prices, tables, templates
from bench.places import ROOT
from bench.resources import Charge, Properties, of_resource
from bench.tables import Figures
from bench.templates import Template

PAGE = ROOT / "docs" / "cost.md"
STAGES = ("dev", "prod")

BEGIN, END = "<!-- from here: make cost -->", "<!-- to here -->"
"""Around the part of the page that this module writes."""

KEPT = {"Retain", "RetainExceptOnCreate"}
"""The values of a DeletionPolicy with which a resource outlives its stack."""

KEPT_BY_THE_GIGABYTE = {
    "AWS::S3::Bucket": ("Buckets, with what is in them", prices.S3_GB_MONTH),
    "AWS::Logs::LogGroup": ("Log groups, until their lines expire", prices.LOGS_GB_MONTH),
}
"""What is paid for by its content: its name, and dollars for a GB and month."""


@dataclass(frozen=True)
class Remains:
    """What outlives a stack and is still paid for.

    Attributes:
        what: it is.
        count: how many of them.
        dollars: a month for all of them, whatever is in them.
        gigabyte: dollars a month for each GB in them.
    """

    what: str
    count: int
    dollars: float = 0.0
    gigabyte: float = 0.0

    def __str__(self) -> str:
        price = f"${self.gigabyte:.3f} a GB" if self.gigabyte else f"${self.dollars:.2f}"
        return price if self.count == 1 else f"{self.count}: {price}"


def charges(template: Template) -> list[Charge]:
    """The bill of a month without a job, the dearest first.

    Raises:
        UnpricedError: a resource whose price nobody has looked up.
    """
    resources = template["Resources"]
    return _summed(charge for name in resources for charge in of_resource(name, resources))


def total(template: Template) -> float:
    """Dollars of a month without a job."""
    return sum(charge.dollars for charge in charges(template))


def remains(template: Template) -> list[Remains]:
    """What is still paid for, month by month, when the stack has been deleted.

    Raises:
        UnpricedError: as ``charges``.
    """
    resources = template["Resources"]
    fixed: list[Charge] = []
    by_size: dict[tuple[str, float], int] = defaultdict(int)
    for name, resource in resources.items():
        kind, policy = resource["Type"], resource.get("DeletionPolicy")
        if kind == "AWS::RDS::DBInstance" and policy not in KEPT:
            for backup in _backups(resource["Properties"], policy):
                by_size[backup] += 1
        elif kind in KEPT_BY_THE_GIGABYTE and policy in KEPT:
            by_size[KEPT_BY_THE_GIGABYTE[kind]] += 1
        elif policy in KEPT:
            fixed += of_resource(name, resources)
    return [
        *(Remains(each.what, round(each.amount), dollars=each.dollars) for each in _summed(fixed)),
        *(Remains(what, count, gigabyte=price) for (what, price), count in by_size.items()),
    ]


def _backups(database: Properties, policy: str | None) -> Iterator[tuple[str, float]]:
    """What is left of a database that goes with its stack, and its price for a GB and month."""
    if policy == "Snapshot":
        yield "The database's last snapshot", prices.RDS_BACKUP_GB_MONTH
    if database.get("DeleteAutomatedBackups") is False:
        days = database["BackupRetentionPeriod"]
        yield f"The database's automatic backups, for {days} days", prices.RDS_BACKUP_GB_MONTH


def _summed(charges: Iterable[Charge]) -> list[Charge]:
    """One line for all that is paid for alike, the dearest first."""
    amounts: dict[tuple[str, str, float], float] = defaultdict(float)
    for each in charges:
        amounts[each.what, each.unit, each.price] += each.amount
    lines = [Charge(what, amount, unit, price) for (what, unit, price), amount in amounts.items()]
    return sorted(lines, key=lambda line: -line.dollars)


def written(stages: Mapping[str, Template]) -> str:
    """What docs/cost.md says of these stages, in Markdown.

    Raises:
        UnpricedError: as ``charges``.
    """
    bills = {
        stage: [(each.what, str(each)) for each in charges(template)]
        + [("**in all**", f"**${total(template):.2f}**")]
        for stage, template in stages.items()
    }
    left = {
        stage: [(each.what, str(each)) for each in remains(template)]
        for stage, template in stages.items()
    }
    between = "Each month after the stack is deleted, for what outlives it:"
    return "\n\n".join((_table(bills), between, _table(left)))


def _table(columns: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """A column for each stage, made of the names of rows and what stands there."""
    rows = dict.fromkeys(name for column in columns.values() for name, _ in column)
    lines = [f"| | {' | '.join(columns)} |", "|---" * (1 + len(columns)) + "|"]
    for row in rows:
        cells = (
            " + ".join(cell for name, cell in column if name == row) or "nothing"
            for column in columns.values()
        )
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines)


def replaced(page: str, part: str) -> str:
    """The page with ``part`` between its two marks.

    Raises:
        ValueError: it has no such marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"docs/cost.md needs the lines {BEGIN!r} and {END!r}, in this order.")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"


def measure() -> Figures:
    """Prints the totals, for the bench."""
    totals = {stage: total(templates.of(stage)) for stage in STAGES}
    tables.table(
        f"A month without a job, US dollars, list prices of {prices.AS_OF}",
        ("", *totals),
        [("in all", *(f"{dollars:.2f}" for dollars in totals.values()))],
    )
    return {f"usd_idle_month_{stage}": dollars for stage, dollars in totals.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.idle", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write it into docs/cost.md")
    asked = parser.parse_args()
    part = written({stage: templates.of(stage) for stage in STAGES})
    if asked.write:
        PAGE.write_text(replaced(PAGE.read_text("utf-8"), part), "utf-8")
    else:
        print(part)


if __name__ == "__main__":
    main()
