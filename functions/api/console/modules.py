"""ES modules as one script.

Served one by one they would be thirty requests, and on Lambda as many cold starts; so the page has
them inside. Each becomes a function that returns what it exports, in the order of their imports.
The modules keep to the two forms that are read here, one name each; anything else is an error.
"""

import re
from collections.abc import Mapping
from posixpath import dirname, join, normpath

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function|const|class)\*? (\w+))", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class ModuleError(Exception):
    """A module that cannot be joined."""


def joined(sources: Mapping[str, str], entry: str) -> str:
    """One script that does what the module ``entry`` does.

    Args:
        sources: the modules' texts by path.

    Raises:
        ModuleError: an import leads nowhere or in a circle, or a form is unknown.
    """
    ordered: list[str] = []
    _visit(entry, sources, ordered, ())
    return "\n".join(_wrapped(path, sources[path]) for path in ordered)


def _visit(
    path: str, sources: Mapping[str, str], ordered: list[str], above: tuple[str, ...]
) -> None:
    """Depth first, so that a module comes after all that it imports."""
    if path in above:
        raise ModuleError(f"{' imports '.join((*above, path))}")
    if path in ordered:
        return
    if path not in sources:
        raise ModuleError(f"{above[-1] if above else 'nobody'} imports {path}, which is not there")
    for _, target in IMPORT.findall(sources[path]):
        _visit(_resolved(path, target), sources, ordered, (*above, path))
    ordered.append(path)


def _wrapped(path: str, source: str) -> str:
    exported = [name for _, name in EXPORT.findall(source)]
    body = IMPORT.sub(
        lambda found: f"const {{{found[1]}}} = {_name(_resolved(path, found[2]))};\n", source
    )
    body = EXPORT.sub(r"\1", body)
    if left := LEFT.search(body):
        raise ModuleError(f"{path}: a form that is not read here: {left[0]}")
    return f"const {_name(path)} = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();"


def _resolved(path: str, target: str) -> str:
    return normpath(join(dirname(path), target))


def _name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
