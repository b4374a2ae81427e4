import platform
import sys
from typing import Any

import pytest

from localcloud.errors import CloudError
from localcloud.users_emulator.platforms import runtime, uv_platform

FACTS: dict[str, Any] = {
    "python": "3.13",
    "system": "Linux",
    "machine": "x86_64",
    "libc": "glibc 2.34",
    "endpoint_url": "http://172.17.0.2:4566",
    "this_machine": ["host.docker.internal", "192.168.65.254"],
}


@pytest.mark.parametrize(
    ("machine", "libc", "found"),
    [
        ("x86_64", "glibc 2.34", "x86_64-manylinux_2_34"),
        ("aarch64", "glibc 2.34", "aarch64-manylinux_2_34"),
        ("arm64", "glibc 2.41", "aarch64-manylinux_2_34"),
        ("x86_64", "glibc 2.33", "x86_64-manylinux_2_33"),
        ("x86_64", "glibc 2.30", "x86_64-manylinux_2_28"),
        ("x86_64", "glibc 2.17", "x86_64-manylinux_2_17"),
        ("x86_64", "musl", "x86_64-unknown-linux-musl"),
        ("aarch64", "musl", "aarch64-unknown-linux-musl"),
    ],
)
def test_layers_are_built_for_the_system_that_runs_the_functions(
    machine: str, libc: str, found: str
) -> None:
    assert uv_platform("Linux", machine, libc) == found


@pytest.mark.parametrize(
    ("system", "machine", "libc"),
    [
        ("Linux", "riscv64", "glibc 2.34"),
        ("Linux", "x86_64", "glibc 2.12"),
        ("Darwin", "of another kind", ""),
    ],
    ids=["another processor", "an old glibc", "another system"],
)
def test_a_system_without_packages_is_named(system: str, machine: str, libc: str) -> None:
    with pytest.raises(CloudError, match=f"{system} {machine}"):
        uv_platform(system, machine, libc)


def test_a_mac_s_functions_run_with_packages_for_this_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert uv_platform("Darwin", "arm64", "") is None


def test_everything_that_was_found_is_kept() -> None:
    found = runtime(FACTS, "http://127.0.0.1:4566/_aws/execute-api/{id}/$default")
    assert (found.python_version, found.platform) == ("3.13", "x86_64-manylinux_2_34")
    assert found.endpoint_url == "http://172.17.0.2:4566"
    assert (found.this_machine, found.this_machine_address) == tuple(FACTS["this_machine"])


def test_a_machine_that_functions_do_not_reach_has_no_name() -> None:
    found = runtime(FACTS | {"this_machine": None}, "http://127.0.0.1:4566/{id}")
    assert (found.this_machine, found.this_machine_address) == ("", "")


def test_a_python_that_is_too_old_is_named() -> None:
    with pytest.raises(CloudError, match=r"with Python 3\.10; Darkroom needs 3\.11 or newer"):
        runtime(FACTS | {"python": "3.10"}, "http://127.0.0.1:4566/{id}")
