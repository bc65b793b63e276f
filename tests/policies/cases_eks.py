"""Cases of the EKS policies."""

from tests.policies.cases import UNKNOWN, Case, Given, Plant
from tests.policies.changes import become, drop, put

COMPONENT, CLUSTER = "eks:index:Cluster", "aws:eks/cluster:Cluster"
NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
STORAGE = "kubernetes:storage.k8s.io/v1:StorageClass"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ACCESS = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
KARPENTER = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
KEY = "aws:kms/key:Key"

LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
EBS = {"provisioner": "ebs.csi.eks.amazonaws.com"}
CNI = {"namespace": "kube-system", "name": "amazon-vpc-cni"}


def raw(**props: object) -> Given:
    return Given(CLUSTER, props=props)


def vpc(**props: object) -> Given:
    return raw(vpcConfig=props)


def pool(limits: object, life: object = "336h") -> dict[str, object]:
    return {"spec": {"limits": limits, "template": {"spec": {"expireAfter": life}}}}


def disk(key: object) -> dict[str, object]:
    return {"spec": {"ephemeralStorage": {"kmsKeyID": key}}}


def switch(name: object, on: object) -> Given:
    return Given(CONFIG_MAP, "switch", {"metadata": {**CNI, "name": name}, "data": on})


def access(role: object, policy: str = "AmazonEKSClusterAdminPolicy", scope: str = "cluster") -> dict[str, object]:
    return {
        "policyArn": f"arn:aws:eks::aws:cluster-access-policy/{policy}",
        "principalArn": role,
        "accessScope": {"type": scope},
    }


def pod(name: str, role: str, refers: bool = False) -> Given:
    return Given(ASSOCIATION, name, {"roleArn": role}, refers={"roleArn": ["role"]} if refers else {})


ON = {"enable-network-policy-controller": "true"}
NODES = Given(NODE_CLASS, "nodes", {"spec": {}})
ROLE = Given("aws:iam/role:Role", "role")

CASES = [
    Case(
        "eks-cluster-admin-named",
        type=ACCESS,
        good=[
            access("arn:aws:iam::123456789012:role/platform-admin"),
            access("arn:aws:iam::123456789012:role/ci", scope="namespace"),
            access("arn:aws:iam::123456789012:role/ci", policy="AmazonEKSViewPolicy"),
        ],
        bad=[access("arn:aws:iam::123456789012:role/ci"), access("arn:aws:iam::123456789012:role/people/developers")],
        unknown=access(UNKNOWN),
    ),
    Case(
        "eks-cluster-admin-named",
        type=ACCESS,
        good=[access("arn:aws:iam::123456789012:role/ci")],
        config={"administrators": ["ci"]},
    ),
    Case(
        "eks-endpoint-allow-listed",
        type=COMPONENT,
        good=[
            {"endpointPublicAccess": False},
            {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24", "2001:db8::/32"]},
            vpc(endpointPublicAccess=False),
            vpc(publicAccessCidrs=["203.0.113.7/32"]),
        ],
        bad=[
            {},
            {"publicAccessCidrs": []},
            {"publicAccessCidrs": ["203.0.113.0/24", "0.0.0.0/0"]},
            {"publicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"]},
            {"publicAccessCidrs": ["::/0"]},
            {"publicAccessCidrs": ["office"]},
            vpc(endpointPublicAccess=True),
        ],
        unknown={"publicAccessCidrs": [UNKNOWN]},
    ),
    Case(
        "eks-endpoint-private",
        type=COMPONENT,
        good=[{"endpointPrivateAccess": True, "endpointPublicAccess": True}, vpc(endpointPrivateAccess=True)],
        bad=[{}, {"endpointPrivateAccess": False}, vpc(endpointPublicAccess=False)],
        unknown={"endpointPrivateAccess": UNKNOWN},
    ),
    Case(
        "eks-endpoint-private",
        type=COMPONENT,
        production=True,
        good=[{"endpointPrivateAccess": True, "endpointPublicAccess": False}],
        bad=[
            {"endpointPrivateAccess": True},
            vpc(endpointPrivateAccess=True, endpointPublicAccess=True, publicAccessCidrs=["203.0.113.0/24"]),
        ],
        unknown=vpc(endpointPrivateAccess=True, endpointPublicAccess=UNKNOWN),
    ),
    Case(
        "eks-control-plane-logs",
        type=COMPONENT,
        good=[{"enabledClusterLogTypes": LOGS}, raw(enabledClusterLogTypes=LOGS[::-1])],
        bad=[{}, {"enabledClusterLogTypes": LOGS[1:]}, raw(enabledClusterLogTypes=["audit"])],
        unknown={"enabledClusterLogTypes": UNKNOWN},
    ),
    Case(
        "eks-secrets-customer-key",
        type=COMPONENT,
        good=[
            {"encryptionConfigKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1"},
            raw(encryptionConfig={"resources": ["secrets"], "provider": {"keyArn": "arn"}}),
        ],
        bad=[{}, raw(), raw(encryptionConfig={"resources": [], "provider": {"keyArn": "arn"}})],
        unknown=raw(encryptionConfig={"resources": ["secrets"], "provider": {"keyArn": UNKNOWN}}),
    ),
    Case(
        "eks-auto-mode",
        type=COMPONENT,
        good=[
            {"autoMode": {"enabled": True}},
            raw(
                computeConfig={"enabled": True},
                storageConfig={"blockStorage": {"enabled": True}},
                kubernetesNetworkConfig={"elasticLoadBalancing": {"enabled": True}},
            ),
        ],
        bad=[
            {},
            {"autoMode": {"enabled": False}},
            raw(computeConfig={"enabled": True}),
            Given("aws:eks/nodeGroup:NodeGroup"),
            Given("eks:index:ManagedNodeGroup"),
        ],
        unknown={"autoMode": UNKNOWN},
    ),
    Case(
        "eks-version-supported",
        type=COMPONENT,
        # By dates of its own: this test says the same next year.
        config={"ends": {"1.30": "2020-01-31", "1.31": "2099-01-31"}},
        good=[{"version": "1.31"}, {"version": "1.32"}, raw(version="1.31")],
        bad=[{}, {"version": "1.30"}, {"version": "1.9"}, raw(version="1.29")],
        unknown={"version": UNKNOWN},
    ),
    Case("eks-version-supported", type=COMPONENT, good=[{"version": "1.99"}], bad=[{"version": "1.32"}]),
    Case(
        "eks-support-standard",
        type=COMPONENT,
        good=[{"upgradePolicy": {"supportType": "STANDARD"}}, raw(upgradePolicy={"supportType": "STANDARD"})],
        bad=[{}, raw(upgradePolicy={"supportType": "EXTENDED"})],
        unknown={"upgradePolicy": {"supportType": UNKNOWN}},
    ),
    Case(
        "eks-access-entries",
        type=COMPONENT,
        good=[{"authenticationMode": "API"}, raw(accessConfig={"authenticationMode": "API"})],
        bad=[{}, {"authenticationMode": "API_AND_CONFIG_MAP"}, raw()],
        unknown=raw(accessConfig={"authenticationMode": UNKNOWN}),
    ),
    Case(
        "eks-deletion-protection",
        type=COMPONENT,
        production=True,
        good=[{"deletionProtection": True}],
        bad=[{}, raw(deletionProtection=False)],
        unknown={"deletionProtection": UNKNOWN},
    ),
    Case("eks-deletion-protection", type=COMPONENT, good=[{}, {"deletionProtection": False}]),
    Case(
        "eks-access-by-roles",
        type=ENTRY,
        good=[
            {"principalArn": "arn:aws:iam::123456789012:role/admin"},
            {"principalArn": "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1"},
        ],
        bad=[
            {"principalArn": "arn:aws:iam::123456789012:user/otto"},
            {"principalArn": "arn:aws:iam::123456789012:root"},
            Given(
                "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                props={"principalArn": "arn:aws:iam::123456789012:user/otto"},
            ),
        ],
        unknown={"principalArn": UNKNOWN},
    ),
    Case(
        "eks-node-storage-key",
        type=NODE_CLASS,
        good=[
            disk("arn:aws:kms:eu-west-1:123456789012:key/1"),
            [Given(KEY, "key"), Given(NODE_CLASS, "nodes", disk(UNKNOWN), refers={"spec": ["key"]})],
        ],
        bad=[{"spec": {}}, disk("arn:aws:kms:eu-west-1:123456789012:alias/aws/ebs")],
        unknown=disk(UNKNOWN),
    ),
    Case(
        "eks-nodes-private",
        type=NODE_CLASS,
        good=[{"spec": {}}, {"spec": {"advancedNetworking": {"associatePublicIPAddress": False}}}],
        bad=[
            {"spec": {"advancedNetworking": {"associatePublicIPAddress": True}}},
            Given(KARPENTER, props={"spec": {"associatePublicIPAddress": True}}),
        ],
        unknown={"spec": {"advancedNetworking": UNKNOWN}},
    ),
    Case(
        "eks-instance-metadata",
        type=TEMPLATE,
        good=[
            {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1}},
            Given(KARPENTER, props={"spec": {}}),
        ],
        bad=[
            {},
            {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2}},
            Given(KARPENTER, props={"spec": {"metadataOptions": {"httpTokens": "optional"}}}),
        ],
        unknown={"metadataOptions": {"httpTokens": UNKNOWN}},
    ),
    Case(
        "eks-volumes-encrypted",
        type=STORAGE,
        good=[
            {**EBS, "parameters": {"encrypted": "true", "kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1"}},
            {"provisioner": "efs.csi.aws.com"},
            [
                Given(KEY, "key"),
                Given(
                    STORAGE,
                    "disks",
                    {**EBS, "parameters": {"encrypted": "true", "kmsKeyId": UNKNOWN}},
                    refers={"parameters": ["key"]},
                ),
            ],
        ],
        bad=[
            {**EBS},
            {**EBS, "parameters": {"encrypted": "false", "kmsKeyId": "arn"}},
            {**EBS, "parameters": {"encrypted": "true"}},
        ],
        unknown={**EBS, "parameters": {"encrypted": "true", "kmsKeyId": UNKNOWN}},
    ),
    Case(
        "eks-volumes-kept",
        type=STORAGE,
        production=True,
        good=[{**EBS, "reclaimPolicy": "Retain"}, {"provisioner": "efs.csi.aws.com"}],
        bad=[{**EBS}, {**EBS, "reclaimPolicy": "Delete"}],
        unknown={**EBS, "reclaimPolicy": UNKNOWN},
    ),
    Case("eks-volumes-kept", type=STORAGE, good=[{**EBS, "reclaimPolicy": "Delete"}]),
    Case(
        "eks-network-policy-enforced",
        good=[
            [NODES, switch("amazon-vpc-cni", ON)],
            [NODES, switch("amazon-vpc-cni", ON), Given(CONFIG_MAP, "other", {"metadata": UNKNOWN})],
        ],
        bad=[
            [NODES],
            [NODES, switch("other", ON)],
            [NODES, switch("amazon-vpc-cni", {"enable-network-policy-controller": "false"})],
        ],
        unknown=[NODES, switch(UNKNOWN, ON)],
    ),
    Case(
        "eks-node-pools-bounded",
        type=NODE_POOL,
        good=[pool({"cpu": "32"}), pool({"cpu": 8}, "20h30m"), {"spec": {"limits": {"cpu": "32"}}}],
        bad=[pool({}), pool({"memory": "1Gi"}), pool({"cpu": "32"}, "Never"), pool({"cpu": "32"}, "720h")],
        unknown=pool({"cpu": UNKNOWN}),
    ),
    Case(
        "eks-pod-identity-own-role",
        good=[
            [pod("claims", "arn:1"), pod("telematics", "arn:2")],
            [ROLE, pod("claims", UNKNOWN, refers=True), pod("telematics", "arn:2")],
        ],
        bad=[
            [pod("claims", "arn:1"), pod("telematics", "arn:1")],
            [ROLE, pod("claims", UNKNOWN, refers=True), pod("telematics", UNKNOWN, refers=True)],
        ],
        unknown=[pod("claims", UNKNOWN), pod("telematics", "arn:2")],
    ),
]

PLANTS = [
    Plant("eks-endpoint-allow-listed", where=COMPONENT, change=put("publicAccessCidrs", to=["0.0.0.0/0"])),
    Plant("eks-endpoint-private", where=COMPONENT, change=put("endpointPrivateAccess", to=False)),
    Plant(
        "eks-endpoint-private",
        "prod-msk",
        COMPONENT,
        lambda props: {**props, "endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]},
    ),
    Plant("eks-control-plane-logs", where=COMPONENT, change=put("enabledClusterLogTypes", to=["api"])),
    Plant("eks-secrets-customer-key", where=COMPONENT, change=drop("encryptionConfigKeyArn")),
    Plant("eks-auto-mode", where=COMPONENT, change=put("autoMode", "enabled", to=False)),
    Plant("eks-version-supported", where=COMPONENT, change=put("version", to="1.31")),
    Plant("eks-support-standard", where=COMPONENT, change=drop("upgradePolicy")),
    Plant("eks-access-entries", where=COMPONENT, change=put("authenticationMode", to="API_AND_CONFIG_MAP")),
    Plant("eks-deletion-protection", "prod-msk", COMPONENT, put("deletionProtection", to=False)),
    Plant(
        "eks-access-by-roles",
        "prod-msk",
        "*::cluster-viewer-*",
        put("principalArn", to="arn:aws:iam::123456789012:user/otto"),
    ),
    Plant(
        "eks-cluster-admin-named",
        "prod-msk",
        f"*{ACCESS}::cluster-viewer-*",
        put("policyArn", to="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"),
    ),
    Plant("eks-node-storage-key", where=NODE_CLASS, change=drop("spec", "ephemeralStorage", "kmsKeyID")),
    Plant(
        "eks-nodes-private",
        where=NODE_CLASS,
        change=put("spec", "advancedNetworking", "associatePublicIPAddress", to=True),
    ),
    Plant(
        "eks-instance-metadata",
        where="aws:eks/accessEntry:AccessEntry",
        record=become(TEMPLATE, {"name": "streaming-platform-dev-msk-nodes", "updateDefaultVersion": True}),
    ),
    Plant("eks-volumes-encrypted", where=STORAGE, change=put("parameters", "encrypted", to="false")),
    Plant("eks-volumes-kept", "prod-msk", STORAGE, put("reclaimPolicy", to="Delete")),
    Plant("eks-network-policy-enforced", where="*::cluster-network-policy", remove=True),
    Plant("eks-node-pools-bounded", where=NODE_POOL, change=drop("spec", "limits")),
    Plant(
        "eks-pod-identity-own-role",
        where=f"*{ASSOCIATION}::telematics",
        # The same component makes the role of each application.
        record=lambda record: {
            **record,
            "propertyDependencies": {
                "roleArn": [
                    urn.replace("::telematics", "::claims") for urn in record["propertyDependencies"]["roleArn"]
                ]
            },
        },
    ),
]
