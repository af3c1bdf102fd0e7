"""The image, the Compose file, the Kubernetes manifests and the samples of proxies fit the product, and run without root."""

import os
import re
import shlex
from pathlib import Path

import pytest
import typer
import uvicorn
from cryptography.fernet import Fernet
from tools.console import NODE_WHEEL
from typer.core import TyperGroup

from retinue import __version__
from retinue.cli.main import app
from retinue.core.http.bodies import UPLOAD_BYTES
from retinue.core.http.preferences import MAX_WAIT_SECONDS
from retinue.core.http.sse import HEARTBEAT_SECONDS
from retinue.process import Process
from tests.deploy.containers import (
    COMPOSE,
    DEPLOY,
    DOCKERFILE,
    KUBERNETES,
    Container,
    compose,
    image_environment,
    last,
    manifests,
    of_compose,
    of_kubernetes,
    secret_files,
    steps,
)

_CONFIGURATION = Path("docs/reference/configuration.md")
_PAGE = Path("docs/deployment.md")
_ALL = of_compose() + of_kubernetes()
_OURS = [each for each in _ALL if each.is_ours]
_SERVING = [each for each in _OURS if each.arguments != ("migrate",)]
_OF_LIBRARIES = {"FORWARDED_ALLOW_IPS"}
"""What uvicorn reads, see ``test_proxy_addresses_are_read_by_the_server``."""
_NOT_OURS = {"POSTGRES_PASSWORD", "SERVING_PASSWORD"}


def _name(container: Container) -> str:
    return container.name


def _settings() -> set[str]:
    names = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", _CONFIGURATION.read_text(encoding="utf-8"), re.MULTILINE))
    return names | {f"{name}_FILE" for name in names}


def _texts() -> list[Path]:
    files = [DOCKERFILE, COMPOSE, _PAGE, *KUBERNETES.iterdir(), *(DEPLOY / "nginx").iterdir(), *(DEPLOY / "caddy").iterdir()]
    return sorted(files)


@pytest.mark.parametrize("file", _texts(), ids=str)
def test_every_setting_that_a_file_names_exists(file: Path) -> None:
    named = set(
        re.findall(r"\b(?:RETINUE_[A-Z0-9_]+|(?:DIRECT_)?DATABASE_URL(?:_FILE)?|REDIS_URL)\b", file.read_text("utf-8"))
    )

    assert {name for name in named if not name.endswith("_")} - _settings() == set()


@pytest.mark.parametrize("container", _OURS, ids=_name)
def test_every_variable_of_our_containers_is_a_setting(container: Container) -> None:
    assert container.environment.keys() - _settings() - _OF_LIBRARIES == set()


def test_image_sets_only_settings_that_exist() -> None:
    own = {name for name in image_environment() if not name.startswith("PYTHON")} - {"PATH"}

    assert len(own) >= 5
    assert own - _settings() == set()


def _is_command(words: list[str]) -> bool:
    command = typer.main.get_command(app)
    for word in words:
        if not isinstance(command, TyperGroup) or word.startswith("-"):
            break
        if word not in command.commands:
            return False
        command = command.commands[word]
    return bool(words)


@pytest.mark.parametrize("container", _OURS, ids=_name)
def test_every_command_of_our_containers_exists(container: Container) -> None:
    assert _is_command(list(container.arguments))


def test_command_of_the_image_exists() -> None:
    assert last("ENTRYPOINT") == '["tini", "--", "retinue"]'
    assert _is_command(re.findall(r'"([^"]+)"', last("CMD")))
    assert not _is_command(["scheduler"]), "an unknown command is found to be unknown"


def test_every_command_in_the_page_exists() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", _PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines() if "retinue " in line]
    called = [
        re.split(r"\bretinue ", line)[-1] for line in lines if re.search(r"(^|exec |api |run --rm \w+ )retinue [a-z]", line)
    ]

    assert [line for line in called if not _is_command(shlex.split(line, comments=True)[:2])] == []


@pytest.mark.parametrize("container", _SERVING, ids=_name)
def test_settings_of_our_containers_are_accepted(container: Container) -> None:
    environ = image_environment() | container.environment
    environ = {name: value for name, value in environ.items() if not name.endswith("_FILE")}
    key = Fernet.generate_key().decode()
    given = {"RETINUE_SECRET_KEY": key, "RETINUE_APP_DATABASE_URL": "postgresql://retinue_app@db/retinue"}

    process = Process(environ | given)

    assert str(process.resources.core.data_dir) in container.writable


def test_serving_containers_do_not_know_the_owner_of_the_schema() -> None:
    for container in _OURS:
        given = {name.removesuffix("_FILE") for name in container.environment if "DATABASE_URL" in name}
        expected = "RETINUE_APP_DATABASE_URL" if container in _SERVING else "DATABASE_URL"
        assert given == {expected}, container.name


def test_secrets_of_pods_are_files_that_are_mounted() -> None:
    workloads = {each["metadata"]["name"]: each for each in manifests() if "template" in each.get("spec", {})}

    for container in of_kubernetes():
        files = {value for name, value in container.environment.items() if name.endswith("_FILE")}
        assert files, container.name
        assert files == secret_files(workloads[container.name.removeprefix("kubernetes ")]), container.name


@pytest.mark.parametrize("container", _ALL, ids=_name)
def test_container_runs_without_root_on_a_root_file_system_that_is_read_only(container: Container) -> None:
    assert container.user >= 100
    assert container.is_root_read_only
    assert container.dropped == {"ALL"}
    assert not container.may_gain_privileges
    assert "/tmp" in container.writable  # noqa: S108 - a path in the container


@pytest.mark.parametrize("container", _OURS, ids=_name)
def test_our_containers_run_as_the_user_of_the_image_with_a_writable_data_folder(container: Container) -> None:
    assert last("USER") == f"{container.user}:{container.user}"
    assert image_environment()["RETINUE_DATA_DIR"] in container.writable


@pytest.mark.parametrize("container", _ALL, ids=_name)
def test_images_are_pinned_by_tag(container: Container) -> None:
    tag = container.image.rpartition("/")[2].partition(":")[2]

    assert tag == __version__ if container.is_ours else re.match(r"\d", tag)


def test_stages_of_the_image_are_pinned_and_share_their_base() -> None:
    bases = {argument.split()[0] for name, argument in steps() if name == "FROM"}

    assert len(bases) == 1, "the environment of the first stage is used in the second"
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", bases.pop())


def test_image_installs_locked_packages_and_builds_the_console_as_every_build_does() -> None:
    runs = [argument for name, argument in steps() if name == "RUN"]

    assert any("--no-deps --require-hashes --requirement requirements.lock" in run for run in runs)
    assert any(NODE_WHEEL in run for run in runs)
    assert not any("curl" in argument for _, argument in steps())


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    allowed = set(re.findall(r"^!(\S+)", Path(f"{DOCKERFILE}.dockerignore").read_text(), re.MULTILINE))
    copied = {
        source.rstrip("/")
        for name, argument in steps()
        if name == "COPY" and not argument.startswith("--from")
        for source in argument.split()[:-1]
    }

    assert copied == allowed
    assert [source for source in copied if not Path(source).exists()] == []


def test_health_is_asked_for_at_the_ports_of_the_image() -> None:
    environ = image_environment()
    ports = {"api": environ["RETINUE_PORT"], "worker": environ["RETINUE_WORKER_PORT"]}

    assert last("EXPOSE").split() == list(ports.values())
    assert f":{ports['api']}/healthz" in last("HEALTHCHECK")
    services = {each.name: each for each in of_compose()}
    assert f":{ports['worker']}/healthz" in services["compose worker"].probes[-1]
    for document in (each for each in manifests() if each["kind"] == "Deployment"):
        container = document["spec"]["template"]["spec"]["containers"][0]
        assert str(container["ports"][0]["containerPort"]) == ports[container["name"]]
        probes = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
        assert {probe["port"] for probe in probes.values()} == {container["ports"][0]["name"]}
        assert [probe["path"] for probe in probes.values()] == ["/healthz", "/healthz", "/readyz"]


def test_kubernetes_runs_two_of_each_and_ends_only_one_at_a_time() -> None:
    budgets = {each["metadata"]["name"]: each["spec"] for each in manifests() if each["kind"] == "PodDisruptionBudget"}
    deployments = {each["metadata"]["name"]: each["spec"] for each in manifests() if each["kind"] == "Deployment"}

    assert deployments.keys() == budgets.keys() == {"retinue-api", "retinue-worker"}
    for name, spec in deployments.items():
        assert spec["replicas"] > budgets[name]["minAvailable"]
        labels = spec["template"]["metadata"]["labels"]
        assert spec["selector"]["matchLabels"] == budgets[name]["selector"]["matchLabels"] == labels


def test_pods_get_no_variables_of_services_no_token_and_bounded_resources() -> None:
    pods = [each["spec"]["template"]["spec"] for each in manifests() if "template" in each.get("spec", {})]

    assert len(pods) == 3
    for pod in pods:
        assert pod["enableServiceLinks"] is False, "a Service named retinue would set RETINUE_PORT"
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert set(container["resources"]) == {"requests", "limits"}


def test_network_policies_deny_first_and_select_pods_that_exist() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in manifests() if each["kind"] == "NetworkPolicy"}
    components = {
        each["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]
        for each in manifests()
        if "template" in each.get("spec", {})
    }

    denied = policies.pop("retinue-deny")
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    named = {spec["podSelector"]["matchLabels"].get("app.kubernetes.io/component") for spec in policies.values()} - {None}
    assert named < components


def test_example_of_the_secret_has_names_and_no_values() -> None:
    secrets = [each["stringData"] for each in manifests() if each["kind"] == "Secret"]

    assert {name for secret in secrets for name in secret} >= {"DATABASE_URL", "RETINUE_SECRET_KEY"}
    assert {value for secret in secrets for value in secret.values()} == {""}


def test_compose_has_no_secret_and_publishes_on_this_machine_only() -> None:
    required = set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text("utf-8")))

    assert required == _NOT_OURS | {"RETINUE_SECRET_KEY"}
    published = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8600:8600"]
    assert compose()["networks"]["database"]["internal"] is True


def test_script_of_the_serving_role_is_executed_and_not_sourced() -> None:
    mounts = [volume.split(":")[0] for volume in compose()["services"]["postgres"]["volumes"]]
    scripts = [DEPLOY / mount for mount in mounts if mount.startswith("./")]

    assert len(scripts) == 1
    assert os.access(scripts[0], os.X_OK), "the image of PostgreSQL sources what is not executable"


def test_proxy_addresses_are_read_by_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = compose()["networks"]["front"]["ipam"]["config"][0]["gateway"]
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", gateway)

    assert uvicorn.Config("an:app").forwarded_allow_ips == gateway
    assert compose()["services"]["api"]["environment"]["FORWARDED_ALLOW_IPS"] == gateway


@pytest.mark.parametrize("file", [DEPLOY / "nginx" / "retinue.conf", DEPLOY / "caddy" / "Caddyfile"], ids=str)
def test_samples_of_proxies_fit_bodies_waits_and_streams(file: Path) -> None:
    text = file.read_text("utf-8")
    found = {
        "size": int(_value(r"(?:client_max_body_size|max_size) (\d+)(?:m|MiB)\b", text)) * 1024 * 1024,
        "wait": int(_value(r"(?:proxy_read_timeout|response_header_timeout) (\d+)s", text)),
        "idle": int(_value(r"(?:keepalive_timeout|keepalive) (\d+)s", text)),
    }

    assert found["size"] == UPLOAD_BYTES
    assert found["wait"] > MAX_WAIT_SECONDS > HEARTBEAT_SECONDS
    assert found["idle"] < uvicorn.Config("an:app").timeout_keep_alive
    assert re.search(r"proxy_buffering off|flush_interval -1", text)


def _value(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]
