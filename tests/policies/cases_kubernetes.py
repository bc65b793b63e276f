"""Cases of the policies for Kubernetes: pods, and what keeps them up."""

from typing import Any

from tests.policies.cases import UNKNOWN, Case, Given, Plant

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
APPLICATION = "kubernetes:platform.confluent.io/v1beta1:FlinkApplication"
RELEASE = "kubernetes:helm.sh/v3:Release"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
SAFE = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
POD_SAFE = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
SIZE = {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
PROBES = {"livenessProbe": {"httpGet": {}, "periodSeconds": 5}, "readinessProbe": {"httpGet": {}, "periodSeconds": 5}}
SHA = "0" * 64


def container(**own: Any) -> dict[str, Any]:
    return {
        "name": "main",
        "image": "quay.io:443/acme/app:1.2",
        "securityContext": SAFE,
        "resources": SIZE,
        **PROBES,
        **own,
    }


def deployment(pod: dict[str, Any] | None = None, replicas: int = 1, **own: Any) -> dict[str, Any]:
    """A Deployment that complies, with `own` in its container and `pod` in its pod."""
    spec = {"securityContext": POD_SAFE, "containers": [container(**own)], **(pod or {})}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "app", "namespace": "platform"},
        "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"app": "app"}}, "spec": spec}},
    }


def application(common: dict[str, Any] | None = None, job_manager: dict[str, Any] | None = None) -> dict[str, Any]:
    """A Flink application with these specs as templates of all pods, and of the JobManager's."""
    own = {"securityContext": SAFE, "name": "flink-main-container"}
    pods = {"securityContext": POD_SAFE, "containers": [own], **(common or {})}
    return {
        "metadata": {"name": "claims", "namespace": "streaming"},
        "spec": {
            "image": "acme/flink:1.2",
            "podTemplate": {"spec": pods},
            "jobManager": {"replicas": 1, "podTemplate": {"spec": job_manager or {}}},
        },
    }


def cron_job(**own: Any) -> Given:
    pod = {"securityContext": POD_SAFE, "containers": [container(**own)]}
    spec = {"jobTemplate": {"spec": {"template": {"spec": pod}}}}
    return Given("kubernetes:batch/v1:CronJob", props={"metadata": {"name": "x", "namespace": "y"}, "spec": spec})


def flink(common: dict[str, Any] | None = None, job_manager: dict[str, Any] | None = None) -> Given:
    return Given(APPLICATION, props=application(common, job_manager))


def replicated(replicas: int, **pod: Any) -> Given:
    return Given(DEPLOYMENT, props=deployment(pod, replicas))


def budget(labels: dict[str, str], namespace: str = "platform", **spec: Any) -> Given:
    spec = {"maxUnavailable": 1, **spec, "selector": {"matchLabels": labels}}
    return Given(BUDGET, "budget", {"metadata": {"namespace": namespace, "name": "b"}, "spec": spec})


def release(**own: Any) -> dict[str, Any]:
    return {
        "chart": "app",
        "version": "v1.2.3",
        "namespace": "platform",
        "repositoryOpts": {"repo": "https://charts.example.com"},
        "timeout": 600,
        **own,
    }


def spread(key: str) -> dict[str, Any]:
    return {"topologySpreadConstraints": [{"topologyKey": key, "maxSkew": 1}]}


CASES = [
    Case(
        "kubernetes-image-pinned",
        type=DEPLOYMENT,
        good=[deployment(), deployment(image=f"app@sha256:{SHA}"), flink()],
        bad=[
            deployment(image="quay.io:443/acme/app"),
            deployment(image="app:latest"),
            deployment({"initContainers": [{"name": "first", "image": "busybox"}]}),
            cron_job(image="app"),
            Given(APPLICATION, props={"spec": {"image": "cp-flink:latest"}}),
        ],
        unknown=deployment(image=UNKNOWN),
    ),
    Case(
        "kubernetes-image-pinned",
        type=DEPLOYMENT,
        good=[deployment(image=f"app:1@sha256:{SHA}")],
        bad=[deployment(image="app:1.2")],
        config={"digest": True},
    ),
    Case(
        "kubernetes-pod-not-privileged",
        type=DEPLOYMENT,
        good=[deployment(), deployment({"volumes": [{"name": "tmp", "emptyDir": {}}]}), flink()],
        bad=[
            deployment({"hostNetwork": True}),
            deployment({"hostPID": True}),
            deployment({"volumes": [{"name": "host", "hostPath": {"path": "/"}}]}),
            deployment(securityContext={"privileged": True}),
            deployment(ports=[{"hostPort": 80}]),
            flink(job_manager={"hostNetwork": True}),
        ],
        unknown=deployment({"volumes": UNKNOWN}),
    ),
    Case(
        "kubernetes-pod-non-root",
        type=DEPLOYMENT,
        good=[deployment(), deployment({"securityContext": {}}, securityContext=POD_SAFE), flink()],
        bad=[
            deployment({"securityContext": {}}),
            deployment(securityContext={"runAsNonRoot": False}),
            deployment({"securityContext": {"runAsNonRoot": True, "runAsUser": 0}}),
            flink({"securityContext": {}}),
            # The JobManager's own template lies over the common one.
            flink(job_manager={"securityContext": {"runAsUser": 0}}),
            Given(APPLICATION, props={"spec": {}}),
        ],
        unknown=deployment({"securityContext": {"runAsNonRoot": UNKNOWN}}),
    ),
    Case(
        "kubernetes-pod-no-escalation",
        type=DEPLOYMENT,
        good=[deployment(), flink()],
        bad=[
            deployment(securityContext={}),
            deployment({"initContainers": [{"name": "first"}]}),
            cron_job(securityContext={}),
        ],
        unknown=deployment(securityContext={"allowPrivilegeEscalation": UNKNOWN}),
    ),
    Case(
        "kubernetes-pod-capabilities",
        type=DEPLOYMENT,
        good=[
            deployment(),
            deployment(securityContext={"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}),
        ],
        bad=[
            deployment(securityContext={"capabilities": {"drop": ["NET_RAW"]}}),
            deployment(securityContext={"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}),
            flink({"containers": [{"name": "flink-main-container"}]}),
        ],
        unknown=deployment(securityContext={"capabilities": UNKNOWN}),
    ),
    Case(
        "kubernetes-pod-seccomp",
        type=DEPLOYMENT,
        good=[deployment(), flink()],
        bad=[
            deployment({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}),
            flink({"securityContext": {}}),
        ],
        unknown=deployment({"securityContext": UNKNOWN}),
    ),
    Case(
        "kubernetes-root-filesystem-read-only",
        type=DEPLOYMENT,
        good=[deployment()],
        bad=[deployment(securityContext={}), deployment(securityContext={"readOnlyRootFilesystem": False})],
        unknown=deployment(securityContext=UNKNOWN),
    ),
    Case(
        "kubernetes-resources",
        type=DEPLOYMENT,
        good=[deployment()],
        bad=[deployment(resources={}), deployment(resources={**SIZE, "limits": {"cpu": "1"}}), cron_job(resources={})],
        unknown=deployment(resources={"requests": SIZE["requests"], "limits": {"memory": UNKNOWN}}),
    ),
    Case(
        "kubernetes-probes",
        type=DEPLOYMENT,
        good=[deployment()],
        bad=[deployment(readinessProbe=None), deployment(livenessProbe={})],
        unknown=deployment(livenessProbe=UNKNOWN),
    ),
    Case(
        "kubernetes-disruption-budget",
        type=DEPLOYMENT,
        good=[
            [replicated(1)],
            [replicated(2), budget({"app": "app"})],
            [
                Given(APPLICATION, props={**application(), "spec": {"jobManager": {"replicas": 2}}}),
                budget({"app": "claims", "component": "jobmanager"}, "streaming"),
            ],
        ],
        bad=[
            [replicated(2)],
            [replicated(2), budget({"app": "other"})],
            [replicated(2), budget({"app": "app"}, "elsewhere")],
            [replicated(2), budget({"app": "app"}, maxUnavailable=0)],
            [Given(APPLICATION, props={**application(), "spec": {"jobManager": {"replicas": 2}}})],
        ],
        unknown=[Given(DEPLOYMENT, props={**deployment(), "spec": {"replicas": UNKNOWN}})],
    ),
    Case(
        "kubernetes-spread-over-zones",
        production=True,
        good=[
            replicated(1),
            replicated(2, **spread("topology.kubernetes.io/zone")),
            Given(APPLICATION, props=application()),
        ],
        bad=[
            replicated(2),
            replicated(3, **spread("kubernetes.io/hostname")),
            Given(APPLICATION, props={**application(), "spec": {"jobManager": {"replicas": 2}}}),
        ],
        unknown=replicated(2, topologySpreadConstraints=UNKNOWN),
    ),
    Case("kubernetes-spread-over-zones", good=[replicated(2)]),
    Case(
        "kubernetes-helm-version-pinned",
        type=RELEASE,
        good=[release(), release(version="0.1718.10"), release(version="1.2.3-rc.1+build")],
        bad=[release(version=""), release(version=">=1.2"), release(version="1.2"), release(devel=True)],
        unknown=release(version=UNKNOWN),
    ),
    Case(
        "kubernetes-helm-repository",
        type=RELEASE,
        good=[
            release(),
            release(chart="oci://ghcr.io/acme/app", repositoryOpts={}),
            release(chart="./charts/app", repositoryOpts={}),
        ],
        bad=[
            release(repositoryOpts={"repo": "http://charts.example.com"}),
            release(chart="http://example.com/app.tgz", repositoryOpts={}),
            release(chart="jetstack/cert-manager", repositoryOpts={}),
        ],
        unknown=release(repositoryOpts={"repo": UNKNOWN}),
    ),
    Case(
        "kubernetes-helm-awaited",
        type=RELEASE,
        good=[release(), release(skipAwait=False)],
        bad=[release(skipAwait=True), release(timeout=0), release(timeout=100_000)],
        unknown=release(timeout=UNKNOWN),
    ),
]


def pod_of(props: dict[str, Any]) -> dict[str, Any]:
    return props["spec"]["template"]["spec"]


def plant(policy: str, change: Any, stack: str = "dev-msk", where: str = DEPLOYMENT) -> Plant:
    """`change` is given the pod's spec of the stack's Deployment."""
    return Plant(policy, stack, where=where, change=lambda props: (change(pod_of(props)), None)[1])


PLANTS = [
    plant("kubernetes-image-pinned", lambda pod: pod["containers"][0].update(image="confluentinc/cp-schema-registry")),
    plant("kubernetes-pod-not-privileged", lambda pod: pod.update(hostNetwork=True)),
    plant("kubernetes-pod-non-root", lambda pod: pod["securityContext"].update(runAsUser=0)),
    plant(
        "kubernetes-pod-no-escalation",
        lambda pod: pod["containers"][0]["securityContext"].pop("allowPrivilegeEscalation"),
    ),
    plant("kubernetes-pod-capabilities", lambda pod: pod["containers"][0]["securityContext"].pop("capabilities")),
    plant("kubernetes-pod-seccomp", lambda pod: pod["securityContext"].pop("seccompProfile")),
    plant(
        "kubernetes-root-filesystem-read-only",
        lambda pod: pod["containers"][0]["securityContext"].pop("readOnlyRootFilesystem"),
    ),
    plant("kubernetes-resources", lambda pod: pod["containers"][0].pop("resources")),
    plant("kubernetes-probes", lambda pod: pod["containers"][0].pop("readinessProbe")),
    plant("kubernetes-spread-over-zones", lambda pod: pod.pop("topologySpreadConstraints"), "prod-msk"),
    Plant(
        "kubernetes-disruption-budget", "prod-msk", where="*:PodDisruptionBudget::schema-registry-budget", remove=True
    ),
    Plant("kubernetes-helm-version-pinned", where=RELEASE, change=lambda props: {**props, "version": "^1.0"}),
    Plant(
        "kubernetes-helm-repository",
        where=RELEASE,
        change=lambda props: {**props, "repositoryOpts": {"repo": "http://charts.jetstack.io"}},
    ),
    Plant("kubernetes-helm-awaited", where=RELEASE, change=lambda props: {**props, "skipAwait": True}),
]
