"""Commands of the AWS command line, found in texts and held to the models that it is made from."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

START = re.compile(r"(?<![\w/.-])aws (?=[a-z0-9]+[a-z0-9-]* [a-z0-9]+(?:-[a-z0-9]+)*)")

GLOBAL = {"query", "output", "region", "profile", "no-cli-pager", "cli-binary-format"}
PAGING = {"max-items", "page-size", "starting-token", "no-paginate"}

OWN = {
    ("s3", "ls"): {"recursive"},
    ("s3", "rb"): {"force"},
    ("s3", "rm"): {"recursive"},
    ("sso", "login"): {"profile"},
}
"""Commands that the command line has beside the services' own, and their options."""

POSITIONAL = {("s3", "ls"): 1, ("s3", "rb"): 1, ("s3", "rm"): 1}

_SESSION = botocore.session.get_session()


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command, without ``aws``: ``["sqs", "receive-message", "--queue-url", …]``.

    What stands in ``$(…)`` is one word there, and found as a command of its own as well.
    """
    joined = re.sub(r"\\\n\s*", " ", text)
    for match in START.finditer(joined):
        yield list(_words(joined[match.end() :]))


def problems(words: list[str]) -> Iterator[str]:
    """What the command line would refuse."""
    service, operation, *rest = words
    if (service, operation) == ("lambda", "invoke"):
        rest.remove("/dev/stdout")  # the file for the answer may stand anywhere, and must
    options = dict(_options(rest))
    positional = list(takewhile(lambda each: not each.startswith("--"), rest))
    if operation == "wait":
        yield from _waiting(service, "".join(positional), options)
        return
    allowed = POSITIONAL.get((service, operation), 0)
    if len(positional) != allowed:
        yield f"{service} {operation} takes {allowed} words without an option, not {positional}"
    if (service, operation) in OWN:
        yield from _unknown(options, OWN[service, operation])
        return
    shape = _input(service, operation)
    if shape is None:
        yield f"there is no `aws {service} {operation}`"
        return
    members = {xform_name(name, "-"): member for name, member in shape.members.items()}
    switches = {f"no-{name}" for name, each in members.items() if each.type_name == "boolean"}
    yield from _unknown(options, {*members, *switches, *PAGING})
    for name in shape.required_members:
        if xform_name(name, "-") not in options:
            yield f"{service} {operation} needs --{xform_name(name, '-')}"
    for name, values in options.items():
        if name in members:
            yield from _wrong_values(name, values, members[name])


def _wrong_values(name: str, values: list[str], shape: Any) -> Iterator[str]:
    if shape.type_name == "boolean":
        if any(not each.startswith("$") for each in values):  # a variable may be one more switch
            yield f"--{name} is a switch, and takes no {values}"
    elif not values:
        yield f"--{name} needs a value"
    elif shape.type_name != "list" and len(values) > 1:
        yield f"--{name} takes one value, not {values}"
    for value in values:
        if "$" in value:
            continue  # known only when it is run
        if shape.type_name in ("integer", "long") and not value.isdecimal():
            yield f"--{name} is a number, not {value}"
        if getattr(shape, "enum", None) and value not in shape.enum:
            yield f"--{name} is one of {shape.enum}, not {value}"


def _waiting(service: str, name: str, options: dict[str, list[str]]) -> Iterator[str]:
    waiters = {
        xform_name(each, "-"): each for each in _SESSION.get_waiter_model(service).waiter_names
    }
    if name not in waiters:
        yield f"there is no `aws {service} wait {name}`"
        return
    operation = _SESSION.get_waiter_model(service).get_waiter(waiters[name]).operation
    yield from problems([service, xform_name(operation, "-"), *_flat(options)])


def _flat(options: dict[str, list[str]]) -> Iterator[str]:
    for name, values in options.items():
        yield f"--{name}"
        yield from values


def _unknown(options: dict[str, list[str]], known: set[str]) -> Iterator[str]:
    for name in options.keys() - known - GLOBAL:
        yield f"there is no option --{name}"


@cache
def _input(service: str, operation: str) -> Any:
    """Shape of what the operation takes; ``None`` if there is no such operation."""
    try:
        model = _SESSION.get_service_model(service)
    except UnknownServiceError:
        return None
    names = {xform_name(each, "-"): each for each in model.operation_names}
    return model.operation_model(names[operation]).input_shape if operation in names else None


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    name, values = "", list[str]()
    for word in words:
        if word.startswith("--"):
            if name:
                yield name, values
            name, values = word[2:], []
        elif name:
            values.append(word)
    if name:
        yield name, values


def _words(text: str) -> Iterator[str]:
    """Up to where the shell sees the command's end."""
    word: str | None = None
    quote, at = "", 0
    while at < len(text):
        here = text[at]
        if text.startswith("$(", at) and quote != "'":
            end = _closing(text, at + 1)
            word = (word or "") + text[at:end]
            at = end
            continue
        at += 1
        if here == quote:
            quote = ""
        elif quote:
            word = (word or "") + here
        elif here in "\"'":
            quote, word = here, word or ""
        elif here in " \n;|&)`#>":
            if word is not None:
                yield word
            if here != " ":
                return
            word = None
        else:
            word = (word or "") + here
    if word is not None:
        yield word


def _closing(text: str, at: int) -> int:
    """Where the bracket that opens at ``at`` has been closed."""
    depth = 0
    for end in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return end + 1
    return len(text)
