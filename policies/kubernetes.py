"""Kubernetes: what pods may be, for workloads that a program declares itself.

Numbers of CIS EKS are those of the benchmark 1.7, of CIS Kubernetes those of 1.8 (both after aquasecurity/kube-bench).
"""

import re
from collections.abc import Iterator
from typing import Any

from policies.framework import Resource, policy
from policies.reading import APPLICATION, WORKLOADS, at, containers, each, once, pod_specs

_PODS = (*WORKLOADS, APPLICATION)
_STANDARDS = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"


@policy(
    "kubernetes-image-pinned",
    types=_PODS,
    severity="high",
    controls=("PCI DSS 6.3.2", "SOC 2 CC8.1"),
    reason="An image without a tag of its own changes under a running platform: the next pod runs other code.",
    remedy="Write a version as the image's tag, or better its digest (image@sha256:...).",
    url="https://kubernetes.io/docs/concepts/containers/images/#image-names",
    config={"digest": {"type": "boolean", "default": False, "description": "True: a tag is not enough"}},
)
def image_pinned(resource: Resource) -> Iterator[str]:
    if resource.type == APPLICATION:
        # What its pods run; without an image here the environment's defaults name it.
        image = resource.value("spec", "image")
        images = [] if image is None else [str(image)]
    else:
        images = [str(at(one, "image", default="")) for pod in pod_specs(resource) for _, one in containers(pod)]
    for image in dict.fromkeys(images):
        if mistake := _unpinned(image, bool(resource.config.get("digest"))):
            yield mistake


def _unpinned(image: str, digest: bool) -> str:
    if re.search(r"@sha256:[0-9a-f]{64}$", image):
        return ""
    # A registry's port comes before the last slash.
    tag = image.rpartition("/")[2].partition(":")[2]
    if not image or not tag:
        return f"the image {image or '(none)'} has no tag"
    if tag == "latest":
        return f"the image {image} has the tag latest"
    return f"the image {image} has no digest" if digest else ""


@policy(
    "kubernetes-pod-not-privileged",
    types=_PODS,
    severity="critical",
    controls=(
        "CIS EKS 4.2.1",
        "CIS EKS 4.2.2",
        "CIS EKS 4.2.3",
        "CIS EKS 4.2.4",
        "CIS Kubernetes 5.2.12",
        "CIS Kubernetes 5.2.13",
        "PCI DSS 2.2.6",
        "SOC 2 CC6.8",
    ),
    reason="A pod with the host's namespaces, devices or files is root on the node and on whatever else runs there.",
    remedy="Remove privileged, hostNetwork, hostPID, hostIPC, hostPort and hostPath from the pod.",
    url=_STANDARDS,
)
def not_privileged(resource: Resource) -> Iterator[str]:
    yield from once(found for pod in pod_specs(resource) for found in _host(pod))


def _host(pod: dict[str, Any]) -> Iterator[str]:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if at(pod, key):
            yield f"the pod has {key}"
    for volume in each(pod, "volumes"):
        if at(volume, "hostPath"):
            yield f"the volume {at(volume, 'name')} is a hostPath"
    for name, container in containers(pod):
        if at(container, "securityContext", "privileged"):
            yield f"the container {name} is privileged"
        for port in each(container, "ports"):
            if at(port, "hostPort"):
                yield f"the container {name} takes the host's port {at(port, 'hostPort')}"


def _setting(pod: dict[str, Any], container: dict[str, Any], *path: str) -> Any:
    """A setting of a container's security context, or else the pod's."""
    own = at(container, "securityContext", *path)
    return at(pod, "securityContext", *path) if own is None else own


@policy(
    "kubernetes-pod-non-root",
    types=_PODS,
    severity="high",
    controls=("CIS Kubernetes 5.2.7", "PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="A process that breaks out of its container as root is root on the node.",
    remedy="Set securityContext.runAsNonRoot: true, and a runAsUser other than 0, on the pod.",
    url=_STANDARDS,
)
def non_root(resource: Resource) -> Iterator[str]:
    def findings() -> Iterator[str]:
        for pod in pod_specs(resource):
            for name, container in containers(pod):
                if _setting(pod, container, "runAsUser") == 0:
                    yield f"the container {name} runs as user 0"
                elif _setting(pod, container, "runAsNonRoot") is not True:
                    yield f"the container {name} may run as root"

    yield from once(findings())


@policy(
    "kubernetes-pod-no-escalation",
    types=_PODS,
    severity="high",
    controls=("CIS EKS 4.2.5", "PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="Through a setuid program a process gains rights that its container was not given.",
    remedy="Set securityContext.allowPrivilegeEscalation: false on the container.",
    url=_STANDARDS,
)
def no_escalation(resource: Resource) -> Iterator[str]:
    def findings() -> Iterator[str]:
        for pod in pod_specs(resource):
            for name, container in containers(pod):
                if at(container, "securityContext", "allowPrivilegeEscalation") is not False:
                    yield f"the container {name} may gain further rights"

    yield from once(findings())


@policy(
    "kubernetes-pod-capabilities",
    types=_PODS,
    severity="medium",
    controls=("CIS Kubernetes 5.2.8", "CIS Kubernetes 5.2.9", "CIS Kubernetes 5.2.10", "SOC 2 CC6.3"),
    reason="The capabilities that a container has by default let it forge packets and change files of others.",
    remedy="Set securityContext.capabilities.drop: [ALL] on the container, and add none but NET_BIND_SERVICE.",
    url=_STANDARDS,
)
def capabilities(resource: Resource) -> Iterator[str]:
    def findings() -> Iterator[str]:
        for pod in pod_specs(resource):
            for name, container in containers(pod):
                granted = at(container, "securityContext", "capabilities", default={})
                if "ALL" not in each(granted, "drop"):
                    yield f"the container {name} keeps default capabilities"
                added = sorted({str(at([one], 0)) for one in each(granted, "add")} - {"NET_BIND_SERVICE"})
                if added:
                    yield f"the container {name} adds {', '.join(added)}"

    yield from once(findings())


@policy(
    "kubernetes-pod-seccomp",
    types=_PODS,
    severity="medium",
    controls=("CIS Kubernetes 5.7.2", "PCI DSS 2.2.4", "SOC 2 CC6.8"),
    reason="Without a profile a process may call all of the kernel, where most ways out of a container begin.",
    remedy="Set securityContext.seccompProfile.type: RuntimeDefault on the pod.",
    url=_STANDARDS,
)
def seccomp(resource: Resource) -> Iterator[str]:
    def findings() -> Iterator[str]:
        for pod in pod_specs(resource):
            for name, container in containers(pod):
                profile = _setting(pod, container, "seccompProfile", "type")
                if profile not in ("RuntimeDefault", "Localhost"):
                    yield f"the container {name} has the seccomp profile {profile or '(none)'}"

    yield from once(findings())


@policy(
    "kubernetes-root-filesystem-read-only",
    # Not Flink: its entry point writes the configuration into its own folder.
    types=WORKLOADS,
    severity="low",
    controls=("CIS Kubernetes 5.7.3", "SOC 2 CC6.8"),
    reason="What breaks into a process can put programs into its file system and run them.",
    remedy="Set securityContext.readOnlyRootFilesystem: true, and mount an emptyDir where the program writes.",
    url="https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
)
def root_read_only(resource: Resource) -> Iterator[str]:
    for pod in pod_specs(resource):
        for name, container in containers(pod):
            if at(container, "securityContext", "readOnlyRootFilesystem") is not True:
                yield f"the container {name} can write to its root file system"


@policy(
    "kubernetes-resources",
    # What a Flink application's pods get is said elsewhere: flink-resources.
    types=WORKLOADS,
    severity="medium",
    controls=("SOC 2 A1.1",),
    reason="Without requests a pod lands where there is no room; without a memory limit it starves its neighbours.",
    remedy="Set resources.requests.cpu, resources.requests.memory and resources.limits.memory on the container. "
    "A limit of CPU is not asked for: it slows a process down while the node is idle.",
    url="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
)
def resources_set(resource: Resource) -> Iterator[str]:
    for pod in pod_specs(resource):
        for name, container in containers(pod):
            missing = [
                ".".join(path)
                for path in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))
                if at(container, "resources", *path) is None
            ]
            if missing:
                yield f"the container {name} has no {', no '.join(missing)}"


@policy(
    "kubernetes-probes",
    types=("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:apps/v1:DaemonSet"),
    severity="medium",
    controls=("SOC 2 A1.2", "SOC 2 CC7.2"),
    reason="Kubernetes sends requests to a pod that does not answer yet, and never restarts one that hangs.",
    remedy="Give the container a readinessProbe and a livenessProbe.",
    url="https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
)
def probes(resource: Resource) -> Iterator[str]:
    for pod in pod_specs(resource):
        for container in each(pod, "containers"):
            missing = [key for key in ("readinessProbe", "livenessProbe") if not at(container, key)]
            if missing:
                yield f"the container {at(container, 'name')} has no {', no '.join(missing)}"
