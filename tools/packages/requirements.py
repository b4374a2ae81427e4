"""Whether a function's layers and what Lambda's Python brings satisfy each other.

Layers lie before Lambda's own packages: a layer's ``urllib3`` is the one that Lambda's boto3 gets.
"""

from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.bundling import Target


def complaints(name: str, folders: list[Path], target: Target) -> Iterator[str]:
    """What a package of the function asks for and does not get.

    Args:
        name: the function's.
        folders: what is on its path, the first counting most.
    """
    found: dict[str, Distribution] = {}
    for folder in folders:
        for each in distributions(path=[str(folder)]):
            found.setdefault(canonicalize_name(each.metadata["Name"]), each)
    for each in found.values():
        for text in each.requires or ():
            needed = Requirement(text)
            if needed.marker is not None and not needed.marker.evaluate(_environment(target)):
                continue
            what = f"function {name}: {each.metadata['Name']} {each.version} needs {text}"
            has = found.get(canonicalize_name(needed.name))
            if has is None:
                yield f"{what}, which is not there."
            elif not needed.specifier.contains(has.version, prereleases=True):
                yield f"{what}, and gets {has.version}."


def _environment(target: Target) -> dict[str, str]:
    """Markers of the target; no extras, whose packages the pins name themselves."""
    machine = (target.platform or "").partition("-")[0]
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{target.python}.0",
        "python_version": target.python,
        "sys_platform": "linux",
        "extra": "",
    }
