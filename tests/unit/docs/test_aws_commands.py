"""Commands that the documents and the tools tell people to type: each of them exists as it stands.

Held to the models that the AWS command line is made from. Nobody can try a restore on a quiet day
by reading it, and a wrong option is found when the database is gone.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.docs.aws_commands import commands, problems

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TOOLS = sorted((ROOT / "tools" / "deployment").rglob("*.py"))


def told(source: Path) -> Iterator[str]:
    """The texts of a program, with ``$X`` for what it fills in."""
    tree = ast.parse(source.read_text("utf-8"))
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    pieces = {part for node in joined for part in node.values}
    for each in joined:
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "$X" for part in each.values
        )
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in pieces:
            yield node.value.replace("{{", "{").replace("}}", "}")


def found() -> dict[str, list[str]]:
    """Every command, once, by how it begins and where."""
    texts = [(page, page.read_text("utf-8")) for page in PAGES]
    texts += [(tool, text) for tool in TOOLS for text in told(tool)]
    return {
        f"{file.name}: {' '.join(words)}"[:100]: words
        for file, text in texts
        for words in commands(text)
        if "…" not in words
    }


@pytest.mark.parametrize("words", [pytest.param(each, id=name) for name, each in found().items()])
def test_every_command_is_one_that_the_aws_command_line_has(words: list[str]) -> None:
    assert list(problems(words)) == []


def test_there_are_commands_to_look_at() -> None:
    assert len(found()) > 30


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("aws rds restore-the-database", "there is no `aws rds restore-the-database`"),
        ("aws rds2 describe-db-instances", "there is no `aws rds2 describe-db-instances`"),
        ("aws rds describe-db-instances --name x", "there is no option --name"),
        ("aws rds delete-db-instance", "rds delete-db-instance needs --db-instance-identifier"),
        (
            "aws rds modify-db-instance --db-instance-identifier x --multi-az yes",
            "--multi-az is a switch, and takes no ['yes']",
        ),
        (
            "aws rds modify-db-instance --db-instance-identifier x --backup-retention-period two",
            "--backup-retention-period is a number, not two",
        ),
        ("aws rds wait db-instance-ready", "there is no `aws rds wait db-instance-ready`"),
        ("aws rds describe-db-instances darkroom", "takes 0 words without an option"),
    ],
    ids=[
        "operation",
        "service",
        "option",
        "required option",
        "switch",
        "number",
        "waiter",
        "stray word",
    ],
)
def test_a_command_that_there_is_not_is_found(line: str, says: str) -> None:
    [words] = commands(line)
    assert any(says in each for each in problems(words))


def test_commands_are_found_wherever_a_shell_would_run_them() -> None:
    text = """Say `aws sso login`, then

    url=$(aws sqs get-queue-url --queue-name "a b" --query QueueUrl \\
        --output text)   # not this
    for one in x; do aws s3 rm s3://x --recursive; done | aws2 rds wait
    docs.aws.amazon.com is no command, nor is aws.
    """
    assert list(commands(text)) == [
        ["sso", "login"],
        ["sqs", "get-queue-url", "--queue-name", "a b", "--query", "QueueUrl", "--output", "text"],
        ["s3", "rm", "s3://x", "--recursive"],
    ]
