"""Cases of the policies for Kubernetes: rights, namespaces, entrances, secrets."""

from typing import Any

from tests.policies.cases import UNKNOWN, Case, Given, Plant
from tests.policies.cases_kubernetes import DEPLOYMENT, application, container, deployment, pod_of

RBAC = "kubernetes:rbac.authorization.k8s.io/v1:"
NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SERVICE = "kubernetes:core/v1:Service"


def binding(role: str, **subject: Any) -> dict[str, Any]:
    return {"metadata": {"name": "x", "namespace": "platform"}, "roleRef": {"name": role}, "subjects": [subject]}


def role(**rule: Any) -> dict[str, Any]:
    return {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], **rule}]}


def namespace(**labels: Any) -> dict[str, Any]:
    return {"metadata": {"name": "platform", "labels": labels}}


def network_policy(spec: dict[str, Any], namespace: str = "platform") -> Given:
    return Given(POLICY, "policy", {"metadata": {"name": "p", "namespace": namespace}, "spec": spec})


def service(kind: Any = "ClusterIP", **annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": "s", "namespace": "platform", "annotations": annotations}, "spec": {"type": kind}}


def config_map(**data: Any) -> dict[str, Any]:
    return {"metadata": {"name": "c", "namespace": "platform"}, "data": data}


SPACE = Given(NAMESPACE, props=namespace())
BOUND = Given(f"{RBAC}RoleBinding", "bound", binding("app", kind="ServiceAccount", name="app", namespace="platform"))
AS_APP = deployment({"serviceAccountName": "app"})
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"[secret]"'}

CASES = [
    Case(
        "kubernetes-cluster-admin",
        type=f"{RBAC}ClusterRoleBinding",
        good=[binding("view", kind="ServiceAccount", name="app")],
        bad=[
            binding("cluster-admin", kind="ServiceAccount", name="app"),
            binding("view", kind="Group", name="system:unauthenticated"),
            Given(f"{RBAC}RoleBinding", props=binding("cluster-admin", kind="User", name="me")),
        ],
        unknown={"roleRef": {"name": UNKNOWN}},
    ),
    Case(
        "kubernetes-role-wildcard",
        type=f"{RBAC}Role",
        good=[role(), role(resources=["pods", "pods/log"])],
        bad=[role(verbs=["*"]), role(resources=["*"]), role(apiGroups=["*"]), role(resources=["pods/*"])],
        unknown={"rules": UNKNOWN},
    ),
    Case(
        "kubernetes-role-escalation",
        type=f"{RBAC}ClusterRole",
        good=[role(), role(resources=["serviceaccounts"], verbs=["create"])],
        bad=[role(verbs=["get", "impersonate"]), role(resources=["serviceaccounts/token"], verbs=["create"])],
        unknown=role(verbs=UNKNOWN),
    ),
    Case(
        "kubernetes-token-mounted",
        good=[
            [Given(DEPLOYMENT, props=deployment({"automountServiceAccountToken": False}))],
            [Given(DEPLOYMENT, props=AS_APP), BOUND],
            [
                Given(DEPLOYMENT, props=AS_APP),
                Given(
                    ACCOUNT,
                    "account",
                    {"metadata": {"name": "app", "namespace": "platform"}, "automountServiceAccountToken": False},
                ),
            ],
        ],
        bad=[
            [Given(DEPLOYMENT, props=deployment())],
            [Given(DEPLOYMENT, props=AS_APP)],
            # A role for the account that everybody has is one for everybody.
            [
                Given(DEPLOYMENT, props=deployment()),
                Given(f"{RBAC}RoleBinding", "b", binding("app", name="default", namespace="platform")),
            ],
        ],
        unknown=[Given(DEPLOYMENT, props=deployment({"automountServiceAccountToken": UNKNOWN}))],
    ),
    Case(
        "kubernetes-namespace-default",
        type=CONFIG_MAP,
        good=[
            config_map(),
            Given(NAMESPACE, props=namespace()),
            Given(f"{RBAC}ClusterRole", props=role()),
            Given("kubernetes:helm.sh/v3:Release", props={"namespace": "platform"}),
            Given("aws:s3/bucket:Bucket"),
        ],
        bad=[
            {"metadata": {"name": "c"}},
            {"metadata": {"namespace": "default"}},
            Given("kubernetes:helm.sh/v3:Release", props={"chart": "app"}),
            Given("kubernetes:cert-manager.io/v1:Certificate", props={"metadata": {"name": "c"}}),
        ],
        unknown={"metadata": {"namespace": UNKNOWN}},
    ),
    Case(
        "kubernetes-namespace-pod-security",
        type=NAMESPACE,
        good=[namespace(**{"pod-security.kubernetes.io/enforce": level}) for level in ("baseline", "restricted")],
        bad=[
            namespace(),
            namespace(**{"pod-security.kubernetes.io/warn": "baseline"}),
            namespace(**{"pod-security.kubernetes.io/enforce": "privileged"}),
        ],
        unknown={"metadata": {"labels": UNKNOWN}},
    ),
    Case(
        "kubernetes-namespace-isolated",
        good=[
            [SPACE, network_policy({"podSelector": {}, "policyTypes": ["Ingress"]})],
            [SPACE, network_policy({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]})],
        ],
        bad=[
            [SPACE],
            [SPACE, network_policy({"podSelector": {}, "policyTypes": ["Ingress"]}, "elsewhere")],
            [SPACE, network_policy({"podSelector": {"matchLabels": {"app": "a"}}, "policyTypes": ["Ingress"]})],
            [SPACE, network_policy({"podSelector": {}, "policyTypes": ["Egress"]})],
            [SPACE, network_policy({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]})],
        ],
        unknown=[Given(NAMESPACE, props={"metadata": {"name": UNKNOWN}})],
    ),
    Case(
        "kubernetes-service-internal",
        type=SERVICE,
        good=[
            service(),
            {"spec": {}},
            service("LoadBalancer", **{"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}),
        ],
        bad=[
            service("NodePort"),
            service("LoadBalancer"),
            service("LoadBalancer", **{"service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"}),
        ],
        unknown=service(UNKNOWN),
    ),
    Case(
        "kubernetes-secret-in-config-map",
        type=CONFIG_MAP,
        good=[
            config_map(a="sasl.jaas.config=${env:KAFKA_LOGIN}\nssl.truststore.password = $(PASS)"),
            config_map(a='{"database.password": "${file:/etc/x:y}", "topic.prefix": "cdc"}'),
            config_map(a="ALTER ROLE cdc PASSWORD %L", b="-----BEGIN CERTIFICATE-----", c="tokens: 5"),
            {"metadata": {}},
        ],
        bad=[
            config_map(a="database.password=tiger"),
            config_map(a='["{\\"password\\": \\"tiger\\"}"]'),
            config_map(a='{"aws.secret.access.key": "abc/def"}'),
            config_map(a="-----BEGIN RSA PRIVATE KEY-----"),
            config_map(a="key AKIAIOSFODNN7EXAMPLE"),
            config_map(a=SECRET),
            {"data": SECRET},
        ],
        unknown=config_map(a=UNKNOWN),
    ),
    Case(
        "kubernetes-secret-by-reference",
        type=DEPLOYMENT,
        good=[
            deployment(env=[{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]),
            deployment(env=[{"name": "PASSWORD", "value": "$(OTHER)"}, {"name": "LOG_LEVEL", "value": "INFO"}]),
        ],
        bad=[
            deployment(env=[{"name": "DB_PASSWORD", "value": "tiger"}]),
            deployment({"initContainers": [container(env=[{"name": "AWS_SECRET_ACCESS_KEY", "value": "x"}])]}),
            Given(
                "kubernetes:platform.confluent.io/v1beta1:FlinkApplication",
                props=application(
                    {"containers": [{"name": "flink-main-container", "env": [{"name": "API_KEY", "value": "x"}]}]}
                ),
            ),
        ],
        unknown=deployment(env=[{"name": "DB_PASSWORD", "value": UNKNOWN}]),
    ),
]

PLANTS = [
    Plant(
        "kubernetes-cluster-admin",
        where=f"{RBAC}ClusterRoleBinding",
        change=lambda props: props["roleRef"].update(name="cluster-admin"),
    ),
    Plant("kubernetes-role-wildcard", where=f"{RBAC}Role", change=lambda props: props["rules"][0].update(verbs=["*"])),
    Plant(
        "kubernetes-role-escalation",
        where=f"{RBAC}Role",
        change=lambda props: props["rules"][0].update(verbs=["escalate"]),
    ),
    Plant(
        "kubernetes-token-mounted",
        where=DEPLOYMENT,
        change=lambda props: pod_of(props).update(automountServiceAccountToken=True),
    ),
    Plant(
        "kubernetes-namespace-default",
        where=ACCOUNT,
        change=lambda props: props["metadata"].update(namespace="default"),
    ),
    Plant(
        "kubernetes-namespace-pod-security",
        where=NAMESPACE,
        change=lambda props: props["metadata"].update(labels={"pod-security.kubernetes.io/enforce": "privileged"}),
    ),
    Plant(
        "kubernetes-namespace-isolated",
        where="*:Namespace::flink-operators-streaming",
        change=lambda props: props["metadata"].update(name="open"),
    ),
    Plant("kubernetes-service-internal", where=SERVICE, change=lambda props: props["spec"].update(type="NodePort")),
    Plant(
        "kubernetes-secret-in-config-map",
        where="*:ConfigMap::postgres-setup-script",
        change=lambda props: props["data"].update(login="password=tiger"),
    ),
    Plant(
        "kubernetes-secret-by-reference",
        where=DEPLOYMENT,
        change=lambda props: pod_of(props)["containers"][0]["env"].append({"name": "DB_PASSWORD", "value": "x"}),
    ),
]
