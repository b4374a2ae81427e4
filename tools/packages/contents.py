"""What each function is made of, as the template says: handler, settings, code and layers."""

import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from packages.publish import Published, Template


@dataclass(frozen=True)
class File:
    """One file of a package."""

    name: str
    """Path within the zip: ``python/PIL/Image.py``."""
    mode: int
    """Kind and permissions, as Unix has them; 0 where the zip has none."""
    data: bytes


@dataclass(frozen=True)
class Archive:
    """One zip, as it was uploaded."""

    title: str
    """For messages: ``layer imaging``, ``function api``."""
    path: Path

    @property
    def zipped(self) -> int:
        """Bytes."""
        return self.path.stat().st_size

    @cached_property
    def unzipped(self) -> int:
        """Bytes."""
        with zipfile.ZipFile(self.path) as archive:
            return sum(each.file_size for each in archive.infolist())

    def checksums(self) -> dict[str, int]:
        """CRC-32 of each file, as the zip's directory has it."""
        with zipfile.ZipFile(self.path) as archive:
            return {each.filename: each.CRC for each in archive.infolist()}

    def files(self) -> Iterator[File]:
        with zipfile.ZipFile(self.path) as archive:
            for each in archive.infolist():
                if not each.is_dir():
                    yield File(each.filename, each.external_attr >> 16, archive.read(each))

    def unzip(self, folder: Path) -> None:
        """Unzips as Lambda does, with the zip's own permissions, and read-only.

        Raises:
            ValueError: an entry is no ordinary file, or would lie outside the folder.
        """
        for each in self.files():
            target = folder / each.name
            if stat.S_IFMT(each.mode) not in (0, stat.S_IFREG) or ".." in target.parts:
                raise ValueError(f"{self.title}: {each.name} is not an ordinary file")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(each.data)
            target.chmod(stat.S_IMODE(each.mode) & ~0o222)


@dataclass(frozen=True)
class Package:
    """Everything of one function that is uploaded."""

    name: str
    handler: str
    """``api.handler.handler``: module and function."""
    environment: dict[str, Any]
    """As in the template: strings, and references to what a deploy makes."""
    memory: int
    timeout: int
    code: Archive
    layers: tuple[Archive, ...]
    """In the order in which they are laid over each other."""
    layer_names: tuple[str, ...]

    @property
    def archives(self) -> tuple[Archive, ...]:
        return (self.code, *self.layers)

    @property
    def unzipped(self) -> int:
        """Bytes, of the function and all its layers."""
        return sum(each.unzipped for each in self.archives)


def for_aws(published: Published) -> list[Package]:
    """Every Python function of the stage that has an asset, as a deploy would upload it.

    For one whose code stands in the template itself an archive is written.
    """
    return list(_read(published.aws, published.zips, {}))


def for_here(published: Published) -> list[Package]:
    """The same with the layers that were built for this machine."""
    return list(_read(published.aws, published.zips, published.here))


def _read(template: Template, zips: Path, here: Mapping[str, str]) -> Iterator[Package]:
    layers = {}
    for key, layer in _of_type(template, "AWS::Lambda::LayerVersion"):
        name = layer["Description"].removeprefix("Darkroom ")
        file = here[name] if here else layer["Content"]["S3Key"]
        title = f"layer {name} for this machine" if here else f"layer {name}"
        layers[key] = (name, Archive(title, zips / file))
    for key, function in _of_type(template, "AWS::Lambda::Function"):
        if not function.get("Runtime", "").startswith("python"):
            continue
        environment = function.get("Environment", {}).get("Variables", {})
        name = environment.get("POWERTOOLS_SERVICE_NAME", key)
        used = [layers[each["Ref"]] for each in function.get("Layers", [])]
        yield Package(
            name=name,
            handler=function["Handler"],
            environment=environment,
            memory=function.get("MemorySize", 128),
            timeout=function.get("Timeout", 3),
            code=Archive(f"function {name}", _code(function["Code"], key, zips)),
            layers=tuple(archive for _, archive in used),
            layer_names=tuple(name for name, _ in used),
        )


def _code(code: Mapping[str, str], key: str, zips: Path) -> Path:
    if "ZipFile" not in code:
        return zips / code["S3Key"]
    file = zips.parent / f"{key}.zip"
    with zipfile.ZipFile(file, "w") as archive:  # as Lambda itself does with code in a template
        entry = zipfile.ZipInfo("index.py")
        entry.external_attr = (stat.S_IFREG | 0o644) << 16
        archive.writestr(entry, code["ZipFile"])
    return file


def _of_type(template: Template, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield key, resource["Properties"]


def archives(packages: Iterable[Package]) -> list[Archive]:
    """Every zip of the functions and their layers, once."""
    return list({each.path: each for package in packages for each in package.archives}.values())


def sources(checkout: Path, package: Package) -> list[str]:
    """Names of the packages of our own that the function has: its folder's and its layers'."""
    found = [package.handler.split(".")[0]]
    for name in package.layer_names:
        folder = checkout / "layers" / name / "python"
        found += sorted(each.name for each in folder.iterdir() if (each / "__init__.py").exists())
    return found


def settings(package: Package) -> dict[str, str]:
    """The function's variables with a made-up value for each that only a deploy knows."""
    return {
        key: value if isinstance(value, str) else _made_up(key)
        for key, value in package.environment.items()
    }


def _made_up(key: str) -> str:
    name = key.lower().replace("_", "-")
    if key.endswith("_ARN"):
        return f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:{name}-AbCdEf"
    return f"https://{name}.example" if key.endswith("_URL") else name
