"""Kubernetes: who may do what through the API server, and who reaches whom."""

from collections.abc import Iterator
from typing import Any

from policies.framework import Resource, Stack, policy, stack_policy
from policies.reading import WORKLOADS, at, each, pod_specs

_RBAC = "kubernetes:rbac.authorization.k8s.io/v1:"
_ROLES = (f"{_RBAC}Role", f"{_RBAC}ClusterRole")
_BINDINGS = (f"{_RBAC}RoleBinding", f"{_RBAC}ClusterRoleBinding")
_NAMESPACE = "kubernetes:core/v1:Namespace"
_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
_ACCOUNT = "kubernetes:core/v1:ServiceAccount"
_PRACTICES = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"

_EVERYBODY = {"system:anonymous", "system:unauthenticated", "system:authenticated"}
# Kinds that belong to the cluster and so have no namespace.
_OF_THE_CLUSTER = frozenset(
    [
        "APIService",
        "CSIDriver",
        "CertificateSigningRequest",
        "ClusterExternalSecret",
        "ClusterIssuer",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterSecretStore",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "IngressClassParams",
        "MutatingWebhookConfiguration",
        "Namespace",
        "NodeClass",
        "NodePool",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeSnapshotClass",
    ]
)


@policy(
    "kubernetes-cluster-admin",
    types=_BINDINGS,
    severity="critical",
    controls=("CIS EKS 4.1.1", "CIS Kubernetes 5.1.7", "PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="Whoever has cluster-admin reads every secret and runs anything, in every namespace.",
    remedy="Bind a role with the verbs that are needed, in the namespace where they are; "
    "people get in through access entries of EKS (cluster.admin_role_arns).",
    url=_PRACTICES,
)
def cluster_admin(resource: Resource) -> Iterator[str]:
    if at(resource.props, "roleRef", "name") == "cluster-admin":
        yield "binds cluster-admin"
    for subject in each(resource.props, "subjects"):
        name = at(subject, "name")
        if name in _EVERYBODY or name == "system:masters":
            yield f"binds {at(resource.props, 'roleRef', 'name')} to {name}"


@policy(
    "kubernetes-role-wildcard",
    types=_ROLES,
    severity="high",
    controls=("CIS EKS 4.1.3", "PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="A wildcard also means what a later version of Kubernetes or an operator adds.",
    remedy="Name the API groups, resources and verbs of the rule one by one.",
    url=_PRACTICES,
)
def role_wildcard(resource: Resource) -> Iterator[str]:
    for index, rule in enumerate(each(resource.props, "rules")):
        for key in ("apiGroups", "resources", "verbs", "nonResourceURLs"):
            if any(str(one).endswith("*") and one != "*/scale" for one in each(rule, key)):
                yield f"rules[{index}].{key} has a wildcard"


@policy(
    "kubernetes-role-escalation",
    types=_ROLES,
    severity="high",
    controls=("CIS EKS 4.1.8", "CIS Kubernetes 5.1.13", "PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="With bind, escalate, impersonate or tokens of accounts one can give oneself every other right.",
    remedy="Remove these verbs, and create on serviceaccounts/token, from the rule.",
    url=_PRACTICES,
)
def role_escalation(resource: Resource) -> Iterator[str]:
    for index, rule in enumerate(each(resource.props, "rules")):
        verbs = [str(one) for one in each(rule, "verbs")]
        for verb in ("bind", "escalate", "impersonate"):
            if verb in verbs:
                yield f"rules[{index}] allows to {verb}"
        if "create" in verbs and "serviceaccounts/token" in each(rule, "resources"):
            yield f"rules[{index}] allows to make tokens of service accounts"


@stack_policy(
    "kubernetes-token-mounted",
    types=WORKLOADS,
    severity="medium",
    controls=("CIS EKS 4.1.5", "CIS EKS 4.1.6", "PCI DSS 7.2.5", "SOC 2 CC6.3"),
    reason="A token of the API server is in every pod that does not refuse it, for whoever breaks into the pod.",
    remedy="Set automountServiceAccountToken: false on the pod, or bind a role to its own service account.",
    url="https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",
)
def token_mounted(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A token is right where the account has a role, because then somebody meant it."""
    workloads = stack.of(*WORKLOADS)
    accounts = {_place(one): one for one in stack.of(_ACCOUNT)} if workloads else {}
    bound = {
        (str(at(one, "namespace", default="")), str(at(one, "name", default="")))
        for binding in (stack.of(*_BINDINGS) if workloads else ())
        for one in each(binding.props, "subjects")
    }
    for resource in workloads:
        with stack.judging(resource):
            for pod in pod_specs(resource):
                account = str(at(pod, "serviceAccountName", default="default"))
                place = (_place(resource)[0], account)
                mounted = at(pod, "automountServiceAccountToken")
                if mounted is None and place in accounts:
                    mounted = at(accounts[place].props, "automountServiceAccountToken")
                if mounted is not False and (account == "default" or place not in bound):
                    yield resource, f"has a token of the service account {account}, which no role is bound to"


def _place(resource: Resource) -> tuple[str, str]:
    meta = at(resource.props, "metadata", default={})
    return str(at(meta, "namespace", default="")), str(at(meta, "name", default=""))


@policy(
    "kubernetes-namespace-default",
    types=("*",),
    severity="medium",
    controls=("CIS EKS 4.5.2", "SOC 2 CC6.1"),
    reason="In the namespace default everything lands that names none: nothing there can be told apart.",
    remedy="Write metadata.namespace (of a Helm release: namespace).",
    url="https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
)
def namespace_default(resource: Resource) -> Iterator[str]:
    group, _, kind = resource.type.rpartition(":")
    if not group.startswith("kubernetes:") or kind in _OF_THE_CLUSTER or kind.endswith(("Patch", "List")):
        return
    if group.startswith("kubernetes:helm.sh"):
        namespace = resource.value("namespace")
    elif group.startswith(("kubernetes:yaml", "kubernetes:kustomize")):
        return
    else:
        namespace = at(resource.props, "metadata", "namespace")
    if namespace in (None, "", "default"):
        yield f"is in the namespace {namespace or '(none named)'}"


@policy(
    "kubernetes-namespace-pod-security",
    types=(_NAMESPACE,),
    severity="medium",
    controls=("CIS EKS 4.2.1", "CIS Kubernetes 5.2.1", "PCI DSS 2.2.1", "SOC 2 CC6.8"),
    reason="Whoever may make pods in the namespace may make one that is root on its node.",
    remedy="Label the namespace pod-security.kubernetes.io/enforce: baseline, or restricted.",
    url="https://kubernetes.io/docs/concepts/security/pod-security-admission/",
)
def namespace_pod_security(resource: Resource) -> Iterator[str]:
    level = at(resource.props, "metadata", "labels", "pod-security.kubernetes.io/enforce")
    if level not in ("baseline", "restricted"):
        yield f"pods are held to the pod security standard {level or '(none)'}"


@stack_policy(
    "kubernetes-namespace-isolated",
    types=(_NAMESPACE,),
    severity="high",
    controls=("CIS EKS 4.3.2", "CIS Kubernetes 5.3.2", "PCI DSS 1.3.1", "SOC 2 CC6.6"),
    reason="Without a policy every pod reaches every other: a REST interface without a login is open to all of them.",
    remedy="Add a NetworkPolicy to the namespace that selects all pods (podSelector: {}), policyTypes: [Ingress], and "
    "lets in what has to get in.",
    url="https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-ingress-traffic",
)
def namespace_isolated(stack: Stack) -> Iterator[tuple[Resource, str]]:
    namespaces = stack.of(_NAMESPACE)
    closed: set[str] = set()
    for one in stack.of(_POLICY) if namespaces else ():
        with stack.judging(one):
            if _closes(one.props):
                closed.add(_place(one)[0])
    for namespace in namespaces:
        with stack.judging(namespace):
            name = _place(namespace)[1]
            if name not in closed:
                yield namespace, f"no policy closes the namespace {name} to what nobody has let in"


def _closes(props: dict[str, Any]) -> bool:
    """Whether a policy selects every pod and lets in less than everybody."""
    spec = at(props, "spec", default={})
    selector = at(spec, "podSelector", default={})
    everywhere = not at(selector, "matchLabels") and not at(selector, "matchExpressions")
    types = each(spec, "policyTypes")
    open_to_all = any(not at(rule, "from") and not at(rule, "ports") for rule in each(spec, "ingress"))
    return everywhere and (not types or "Ingress" in types) and not open_to_all


@policy(
    "kubernetes-service-internal",
    types=("kubernetes:core/v1:Service",),
    severity="high",
    controls=("PCI DSS 1.3.1", "PCI DSS 1.4.4", "SOC 2 CC6.6"),
    reason="A service of type LoadBalancer or NodePort is an entrance beside the platform's own, without TLS and logs.",
    remedy="Use ClusterIP and the platform's TLS endpoint, or annotate the load balancer as internal "
    "(service.beta.kubernetes.io/aws-load-balancer-scheme: internal).",
    url="https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html",
)
def service_internal(resource: Resource) -> Iterator[str]:
    kind = at(resource.props, "spec", "type", default="ClusterIP")
    if kind == "NodePort":
        yield "opens a port on every node"
    if kind != "LoadBalancer":
        return
    annotations = at(resource.props, "metadata", "annotations", default={})
    internal = (
        at(annotations, "service.beta.kubernetes.io/aws-load-balancer-scheme") == "internal"
        or at(annotations, "networking.gke.io/load-balancer-type") == "Internal"
        or at(annotations, "service.beta.kubernetes.io/azure-load-balancer-internal") == "true"
    )
    if not internal:
        yield "makes a load balancer that is not internal"
