"""Lists what the last release's functions read from their environment.

Given ``[function, …]``, answers ``{function: {field: whether it must be set}}``.
"""

import importlib
import json
import sys

from pipeline.settings import Settings


def main() -> None:
    json.dump({name: fields(name) for name in json.load(sys.stdin)}, sys.stdout)


def fields(function: str) -> dict[str, bool]:
    module = importlib.import_module(f"{function}.settings")
    assert str(module.__file__).startswith(sys.argv[1]), module.__file__
    [own] = [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, Settings)
        and each.__module__ == module.__name__
    ]
    return {name: field.is_required() for name, field in own.model_fields.items()}


main()
