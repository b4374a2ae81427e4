import re
from pathlib import Path

import pytest

from localcloud import cdk
from localcloud.cdk import Cdk
from localcloud.errors import CloudError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose `cdk` is a shell script, and Node.js the shell."""
    for folder in ("infra", "functions/api", "layers"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("app.py", "cdk.json", "functions/api/handler.py"):
        (tmp_path / file).write_text(file)
    script = Path(cdk.command_line(tmp_path)[1])
    script.parent.mkdir(parents=True)
    node = Path(cdk.command_line(tmp_path)[0])
    node.parent.mkdir(parents=True)
    node.symlink_to("/bin/sh")
    return tmp_path


MAKES = '(for part in "$@"; do [ "$last" = --output ] && mkdir -p "$part"; last=$part; done; true)'
"""What `cdk synth` does, as far as it matters here."""


def says(checkout: Path, *lines: str) -> None:
    Path(cdk.command_line(checkout)[1]).write_text("\n".join(lines))


def test_the_fingerprint_changes_with_any_source_and_nothing_else(checkout: Path) -> None:
    of = Cdk(checkout, checkout).fingerprint
    before = of("context")
    cache = checkout / "functions" / "api" / "__pycache__"
    cache.mkdir()
    (cache / "handler.pyc").touch()
    (checkout / "README.md").touch()
    assert of("context") == before
    assert of("another context") != before
    (checkout / "functions" / "api" / "handler.py").write_text("changed")
    assert of("context") != before


def test_a_deploy_hands_over_the_context_and_only_the_emulators_credentials(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    says(checkout, MAKES, 'echo "$@"', "env")
    deployer = Cdk(checkout, checkout)
    deployer.deploy("http://127.0.0.1:4566", {"stage": "local", "allowed_networks": ""})
    told = deployer.log.read_text().splitlines()
    assert re.match("deploy darkroom-local --app .* --require-approval never", told[0])
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:4566" in told
    assert not [line for line in told if line.startswith(("AWS_PROFILE", "AWS_SESSION_TOKEN"))]


def test_the_emulator_s_host_and_region_go_to_the_cdk(checkout: Path) -> None:
    says(checkout, MAKES, "env")
    deployer = Cdk(checkout, checkout)
    deployer.deploy("http://10.1.2.3:4566", {}, region="eu-central-1")
    told = deployer.log.read_text().splitlines()
    assert {"AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1"} <= set(told)
    assert {f"{name}=127.0.0.1,localhost,10.1.2.3" for name in ("no_proxy", "NO_PROXY")} <= set(
        told
    )
    deployer.bootstrap("http://10.1.2.3:4566", account="123456789012", region="eu-central-1")
    assert "AWS_REGION=eu-central-1" in deployer.log.read_text().splitlines()


def test_the_emulator_is_reached_whatever_profile_this_shell_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile mine]\nregion = eu-north-1\nmax_attempts = nonsense\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for profile in ("mine", "missing"):
        monkeypatch.setenv("AWS_PROFILE", profile)
        client = cdk.session().client("sqs", endpoint_url="http://127.0.0.1:4566")
        assert client.meta.region_name == cdk.REGION


def test_what_is_deployed_is_made_once_from_the_same_sources_and_context(checkout: Path) -> None:
    says(checkout, MAKES, f'echo "$@" >> {checkout}/calls')
    deployer = Cdk(checkout, checkout)
    url, context = "http://127.0.0.1:4566", {"stage": "local", "allowed_networks": ""}
    for _ in range(2):
        deployer.deploy(url, context)
    (checkout / "app.py").write_text("changed")
    deployer.deploy(url, context)
    deployer.deploy(url, context | {"allowed_networks": "::1/128"})
    calls = (checkout / "calls").read_text().splitlines()
    verbs = [call.split()[0] for call in calls]
    assert verbs == ["synth", "deploy", "deploy", "synth", "deploy", "synth", "deploy"]
    assert "-c stage=local -c allowed_networks=" in calls[0]


def test_a_failed_deploy_gives_the_reason_and_the_log(checkout: Path) -> None:
    reason = "echo '❌  darkroom-local failed: no such role'"
    says(checkout, MAKES, "[ $1 = synth ] && exit", "echo working", reason, "exit 1")
    deployer = Cdk(checkout, checkout)
    with pytest.raises(CloudError, match=r"`cdk deploy` failed: .*no such role \(.*deploy\.log\)$"):
        deployer.deploy("http://127.0.0.1:4566", {})
