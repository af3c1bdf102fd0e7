"""Reading ``deploy/``: steps of the Dockerfile, services of Compose and containers of Kubernetes, in one form."""

import json
import re
import shlex
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path("deploy")
DOCKERFILE = DEPLOY / "Dockerfile"
COMPOSE = DEPLOY / "compose.yaml"
KUBERNETES = DEPLOY / "kubernetes"


@dataclass(frozen=True, slots=True)
class Container:
    """A container that a file of ``deploy/`` describes; ``writable`` are the paths of its mounts that can be written to."""

    name: str
    image: str
    arguments: tuple[str, ...]
    user: int
    is_root_read_only: bool
    dropped: frozenset[str]
    may_gain_privileges: bool
    writable: frozenset[str]
    environment: dict[str, str] = field(hash=False)
    probes: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether the container runs Retinue's image."""
        return self.image.rpartition("/")[2].startswith("retinue:")


@cache
def steps() -> tuple[tuple[str, str], ...]:
    """Return the instructions of the Dockerfile with their arguments, continued lines joined."""
    lines = [line for line in DOCKERFILE.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return tuple((line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines() if line.strip())


def last(instruction: str) -> str:
    """Return the argument of an instruction that holds for the image: its last one."""
    return [argument for name, argument in steps() if name == instruction][-1]


def image_environment() -> dict[str, str]:
    """Return the variables that the image sets."""
    return dict(part.split("=", 1) for part in shlex.split(last("ENV")))


def manifests() -> list[dict[str, Any]]:
    """Return every document of the Kubernetes manifests."""
    files = sorted(KUBERNETES.glob("*.yaml"))
    return [document for file in files for document in yaml.safe_load_all(file.read_text(encoding="utf-8"))]


def compose() -> dict[str, Any]:
    """Return the Compose file with its defaults filled in; what has none becomes a placeholder."""
    text = COMPOSE.read_text(encoding="utf-8")
    filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
    return dict(yaml.safe_load(re.sub(r"\$\{(\w+):\?[^}]*\}", r"given-\1", filled)))


def of_compose() -> list[Container]:
    """Return the services of the Compose file."""
    return [_service(name, service) for name, service in compose()["services"].items()]


def _service(name: str, service: dict[str, Any]) -> Container:
    volumes = [volume.split(":") for volume in service.get("volumes", [])]
    mounted = {parts[1] for parts in volumes if parts[2:] != ["ro"]} | {path.split(":")[0] for path in service["tmpfs"]}
    return Container(
        name=f"compose {name}",
        image=service["image"],
        arguments=tuple(service.get("command", [])),
        user=int(service["user"].split(":")[0]),
        is_root_read_only=service["read_only"],
        dropped=frozenset(service["cap_drop"]),
        may_gain_privileges="no-new-privileges:true" not in service["security_opt"],
        writable=frozenset(mounted),
        environment=dict(service.get("environment", {})),
        probes=tuple(service.get("healthcheck", {}).get("test", [])),
    )


def of_kubernetes() -> list[Container]:
    """Return the containers of every pod template."""
    templates = [
        (document, document["spec"]["template"]["spec"])
        for document in manifests()
        if "template" in document.get("spec", {})
    ]
    return [_container(document, pod, each) for document, pod in templates for each in pod["containers"]]


def _container(document: dict[str, Any], pod: dict[str, Any], container: dict[str, Any]) -> Container:
    guard = container["securityContext"]
    return Container(
        name=f"kubernetes {document['metadata']['name']}",
        image=container["image"],
        arguments=tuple(container["args"]),
        user=pod["securityContext"]["runAsUser"],
        is_root_read_only=guard["readOnlyRootFilesystem"],
        dropped=frozenset(guard["capabilities"]["drop"]),
        may_gain_privileges=guard["allowPrivilegeEscalation"],
        writable=frozenset(mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")),
        environment=_environment(container),
        probes=tuple(json.dumps(container[name]) for name in container if name.endswith("Probe")),
    )


def _environment(container: dict[str, Any]) -> dict[str, str]:
    configured = {each["metadata"]["name"]: each["data"] for each in manifests() if each["kind"] == "ConfigMap"}
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= configured[source["configMapRef"]["name"]]
    return found | {variable["name"]: variable["value"] for variable in container.get("env", [])}


def secret_files(document: dict[str, Any]) -> set[str]:
    """Return the paths at which a workload mounts the keys of its secrets, as the example of the secret names them."""
    secrets = {each["metadata"]["name"]: each["stringData"] for each in manifests() if each["kind"] == "Secret"}
    pod = document["spec"]["template"]["spec"]
    mounted = {volume["name"]: secrets[volume["secret"]["secretName"]] for volume in pod["volumes"] if "secret" in volume}
    mounts = [mount for container in pod["containers"] for mount in container["volumeMounts"]]
    return {f"{mount['mountPath']}/{key}" for mount in mounts for key in mounted.get(mount["name"], {})}
