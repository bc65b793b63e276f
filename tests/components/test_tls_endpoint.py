"""The endpoint of CMF: TLS only, let in by name, found by Auto Mode, and gone without a trace."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.access_logs import access_log_policy
from components.cluster.objects import KubernetesObject
from components.errors import PlatformError
from components.load_balancer import balancer_name, target_group_name
from components.target_group_binding import binding_manifest
from components.tls_endpoint import TlsEndpoint, cli_command, ingress_manifest
from components.tls_endpoint_args import (
    NAME_PREFIX_LIMIT,
    Ingress,
    Terminate,
)
from tests.components.endpoint_args import ARN, HOST, PASSTHROUGH, TERMINATE, args
from tests.components.graph import Resources, before, referred
from tests.components.kubernetes_schemas import check_manifest


class Marker(pulumi.ComponentResource):
    """Something that has to be there before."""

    def __init__(self, name: str):
        super().__init__("test:index:Marker", name)


@pytest.fixture
def endpoint(declared) -> Callable[..., tuple[Resources, TlsEndpoint]]:
    """A function that declares an endpoint and gives its resources and itself."""

    def declare(**changes: Any) -> tuple[Resources, TlsEndpoint]:
        kept: dict[str, TlsEndpoint] = {}

        def program() -> None:
            provider = kubernetes.Provider("cluster", kubeconfig="{}")
            pools = KubernetesObject(
                "pools",
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "pools"}},
                pulumi.ResourceOptions(provider=provider),
            )
            kept["it"] = TlsEndpoint("cmf", args(provider=provider, ready=(pools,), **changes))

        return declared(program), kept["it"]

    return declare


BINDING = "TargetGroupBinding cmf"


# -- listener --------------------------------------------------------------------------------------------------------


def test_tls_ends_at_the_load_balancer_with_a_current_policy(endpoint):
    found, _ = endpoint(**TERMINATE)
    (listener,) = [r["inputs"] for key, r in found.items() if key.startswith("Listener ")]
    # The API's default is ELBSecurityPolicy-2016-08: TLS 1.0. Nothing listens on port 80 either.
    assert listener["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert (listener["port"], listener["protocol"], listener["certificateArn"]) == (443, "HTTPS", ARN)
    balancer = found["LoadBalancer cmf-alb"]["inputs"]
    assert balancer["loadBalancerType"] == "application"
    assert balancer["internal"] is True
    assert balancer["subnets"] == ["subnet-1", "subnet-2"]
    assert balancer["dropInvalidHeaderFields"] is True
    assert balancer["idleTimeout"] == 300
    assert balancer["accessLogs"] == {"bucket": "p-test-access-logs-123456789012", "enabled": True}


def test_tls_passes_through_to_the_pod(endpoint):
    found, it = endpoint(**PASSTHROUGH)
    listener = found["Listener cmf-nlb"]["inputs"]
    assert (listener["port"], listener["protocol"]) == (443, "TCP")
    assert not {"sslPolicy", "certificateArn"} & listener.keys()
    assert listener["tcpIdleTimeoutSeconds"] == 300
    balancer = found["LoadBalancer cmf-nlb"]["inputs"]
    assert balancer["loadBalancerType"] == "network"
    # One pod in one zone: without it two of three addresses lead nowhere.
    assert balancer["enableCrossZoneLoadBalancing"] is True
    # A network load balancer cannot get a security group later.
    assert referred(found, "LoadBalancer cmf-nlb", "securityGroups") == ["SecurityGroup cmf"]
    assert "accessLogs" not in balancer
    targets = found["TargetGroup cmf-nlb"]["inputs"]
    assert targets["protocol"] == targets["healthCheck"]["protocol"] == "TCP"
    assert "path" not in targets["healthCheck"]
    assert targets["preserveClientIp"] == "false"
    assert it.ca_certificate is None


def test_values_are_those_of_aws(endpoint):
    shapes = boto3.client("elbv2", region_name="us-east-1").meta.service_model
    enum = lambda name: set(shapes.shape_for(name).enum)  # noqa: E731
    for kind, short in ((TERMINATE, "alb"), (PASSTHROUGH, "nlb")):
        found, _ = endpoint(**kind)
        assert found[f"LoadBalancer cmf-{short}"]["inputs"]["loadBalancerType"] in enum("LoadBalancerTypeEnum")
        assert found[f"LoadBalancer cmf-{short}"]["inputs"]["ipAddressType"] in enum("IpAddressType")
        targets = found[f"TargetGroup cmf-{short}"]["inputs"]
        assert targets["targetType"] in enum("TargetTypeEnum")
        assert {targets["protocol"], found[f"Listener cmf-{short}"]["inputs"]["protocol"]} <= enum("ProtocolEnum")
        assert found[f"Listener cmf-{short}"]["inputs"]["defaultActions"][0]["type"] in enum("ActionTypeEnum")
    found, _ = endpoint(terminate=Terminate(), zone_id="Z123456789")
    acm = boto3.client("acm", region_name="us-east-1").meta.service_model
    method = found["Certificate cmf-certificate"]["inputs"]["validationMethod"]
    assert method in acm.shape_for("ValidationMethod").enum  # type: ignore[attr-defined]
    record = boto3.client("route53", region_name="us-east-1").meta.service_model.shape_for("RRType")
    assert found["Record cmf"]["inputs"]["type"] in record.enum  # type: ignore[attr-defined]


# -- targets ---------------------------------------------------------------------------------------------------------


def test_auto_mode_may_register_pods_and_waits_for_a_slow_start(endpoint):
    found, _ = endpoint(**TERMINATE)
    targets = found["TargetGroup cmf-alb"]["inputs"]
    # Without the tag AmazonEKSLoadBalancingPolicy refuses RegisterTargets, and the group stays empty without a word.
    assert targets["tags"]["eks:eks-cluster-name"] == "p-test"
    assert (targets["targetType"], targets["protocol"], targets["port"]) == ("ip", "HTTP", 8080)
    check = targets["healthCheck"]
    assert check["path"] == "/v3/api-docs"
    # With authentication on, CMF answers 401: it is healthy.
    assert "401" in check["matcher"].split(",")
    assert check["interval"] * check["unhealthyThreshold"] >= 120
    assert check["timeout"] < check["interval"]


def test_the_binding_is_one_that_kubernetes_takes(endpoint):
    check_manifest(binding_manifest("cmf", "platform", "cmf-service", 80, "arn:tg", "sg-1", 8080))
    found, _ = endpoint(**TERMINATE)
    binding = found[BINDING]["inputs"]
    assert (binding["apiVersion"], binding["kind"]) == ("eks.amazonaws.com/v1", "TargetGroupBinding")
    assert binding["spec"]["serviceRef"] == {"name": "cmf-service", "port": 80}
    (rule,) = binding["spec"]["networking"]["ingress"]
    assert [list(one) for one in rule["from"]] == [["securityGroup"]]
    assert referred(found, BINDING, "spec") == ["SecurityGroup cmf", "TargetGroup cmf-alb"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 8080}]


# -- who may connect -----------------------------------------------------------------------------------------------


def test_only_named_ranges_and_workloads_connect_and_only_the_load_balancer_reaches_the_pod(endpoint):
    found, _ = endpoint(**TERMINATE, allowed_cidrs=["10.1.0.0/16"])
    group = ["SecurityGroup cmf"]
    rules = {key.partition(" ")[2]: r["inputs"] for key, r in found.items() if "GroupIngressRule" in key}
    assert rules.keys() == {"cmf-workloads", "cmf-10.1.0.0/16", "cmf-pods"}
    assert rules["cmf-workloads"]["referencedSecurityGroupId"] == "sg-workloads"
    assert rules["cmf-10.1.0.0/16"]["cidrIpv4"] == "10.1.0.0/16"
    for name in ("cmf-workloads", "cmf-10.1.0.0/16"):
        assert referred(found, f"SecurityGroupIngressRule {name}", "securityGroupId") == group
        assert (rules[name]["fromPort"], rules[name]["toPort"]) == (443, 443)
    pods = rules["cmf-pods"]
    assert pods["securityGroupId"] == "sg-workloads"
    assert referred(found, "SecurityGroupIngressRule cmf-pods", "referencedSecurityGroupId") == group
    assert (pods["fromPort"], pods["toPort"]) == (8080, 8080)
    (out,) = [r["inputs"] for key, r in found.items() if "GroupEgressRule" in key]
    assert (out["referencedSecurityGroupId"], out["fromPort"]) == ("sg-workloads", 8080)


def test_facing_the_internet_means_public_subnets(endpoint):
    found, _ = endpoint(**TERMINATE, scheme="internet-facing", allowed_cidrs=["203.0.113.0/24"])
    balancer = found["LoadBalancer cmf-alb"]
    assert balancer["inputs"]["internal"] is False
    assert balancer["inputs"]["subnets"] == ["subnet-p1", "subnet-p2"]
    # Its public addresses go before the network's way out does, or the internet gateway cannot be detached.
    assert "ConfigMap pools" in before(found, "LoadBalancer cmf-alb")


def test_an_internal_one_does_not_wait_for_nat(endpoint):
    found, _ = endpoint(**TERMINATE)
    assert "ConfigMap pools" not in before(found, "LoadBalancer cmf-alb")


# -- order -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "short"), [(TERMINATE, "alb"), (PASSTHROUGH, "nlb")])
def test_teardown_orphans_nothing_and_waits_for_nothing_in_vain(endpoint, kind, short):
    found, _ = endpoint(**kind)
    earlier = before(found, BINDING)
    # The binding goes first: with the cluster there for its finalizer, with the target group that it empties, and with
    # the rules on the way to the pod.
    assert {
        "ConfigMap pools",
        f"Listener cmf-{short}",
        f"TargetGroup cmf-{short}",
        f"LoadBalancer cmf-{short}",
        "SecurityGroup cmf",
        "SecurityGroupIngressRule cmf-pods",
        "SecurityGroupEgressRule cmf-pods",
    } <= earlier
    assert found[BINDING]["provider"].partition("::cluster::")[1]
    assert {f"LoadBalancer cmf-{short}", f"TargetGroup cmf-{short}"} <= before(found, f"Listener cmf-{short}")
    assert "SecurityGroup cmf" in before(found, f"LoadBalancer cmf-{short}")
    # The rule in the workloads group refers to the load balancer's group, which cannot go before it.
    assert "SecurityGroup cmf" in before(found, "SecurityGroupIngressRule cmf-pods")


def test_from_one_kind_to_the_other_nothing_is_replaced_but_made_anew(endpoint):
    # As a replacement the provider keeps the matcher of the application load balancer and refuses it for TCP.
    (terminate, _), (passthrough, _) = endpoint(**TERMINATE), endpoint(**PASSTHROUGH)
    common = terminate.keys() & passthrough.keys()
    assert not [key for key in common if terminate[key]["type"].startswith("aws:lb/")]
    assert BINDING in common


def test_the_finalizer_of_the_binding_is_waited_for(endpoint):
    found, _ = endpoint(**TERMINATE)
    binding = found[BINDING]
    assert "pulumi.com/skipAwait" not in binding["inputs"]["metadata"].get("annotations", {})
    assert "deletedWith" not in binding
    assert binding["customTimeouts"] == {"delete": "10m"}
    # The webhook refuses another target group in place.
    assert binding["replaceOnChanges"] == ["spec.targetGroupARN"]
    assert binding["deleteBeforeReplace"] is True


@pytest.mark.parametrize("terminate", [Terminate(), Terminate("private_ca")], ids=["acm", "private_ca"])
def test_a_certificate_outlives_its_listener(endpoint, terminate):
    found, _ = endpoint(terminate=terminate, zone_id="Z123456789")
    assert "Certificate cmf-certificate" in before(found, "Listener cmf-alb")
    assert "deleteBeforeReplace" not in found["Certificate cmf-certificate"]


def test_logs_can_be_written_when_logging_is_turned_on(endpoint):
    found, _ = endpoint(**TERMINATE)
    earlier = before(found, "LoadBalancer cmf-alb")
    assert {"BucketPolicy cmf-logs", "BucketServerSideEncryptionConfiguration cmf-logs"} <= earlier


def test_the_load_balancer_is_not_made_after_the_cluster(endpoint):
    # It takes minutes, and needs nothing of the cluster.
    found, _ = endpoint(**TERMINATE)
    assert not [key for key in before(found, "LoadBalancer cmf-alb") if "pools" in key]


# -- certificates ----------------------------------------------------------------------------------------------------


def test_acm_validates_in_the_zone_and_the_listener_waits(endpoint):
    found, it = endpoint(terminate=Terminate(validation_zone_id="Z0PUBLIC"), zone_id="Z0PRIVATE")
    assert found["Certificate cmf-certificate"]["inputs"]["domainName"] == HOST
    assert found["Record cmf-certificate-validation"]["inputs"]["zoneId"] == "Z0PUBLIC"
    assert found["Record cmf"]["inputs"]["zoneId"] == "Z0PRIVATE"
    earlier = before(found, "Listener cmf-alb")
    assert {"CertificateValidation cmf-certificate", "Record cmf-certificate-validation"} <= earlier
    assert it.ca_certificate is None


def test_the_private_ca_signs_the_host_name_and_its_keys_are_secret(endpoint):
    found, it = endpoint(terminate=Terminate("private_ca"))
    assert found["CertRequest cmf-certificate"]["inputs"]["dnsNames"] == [HOST]
    ca, server = (
        found["SelfSignedCert cmf-certificate-ca"]["inputs"],
        found["LocallySignedCert cmf-certificate"]["inputs"],
    )
    assert ca["isCaCertificate"] is True
    assert "server_auth" in server["allowedUses"]
    # Made anew while the old one is still good, and the CA outlives what it signs.
    assert 0 < server["earlyRenewalHours"] < server["validityPeriodHours"] <= 825 * 24
    assert ca["earlyRenewalHours"] >= server["validityPeriodHours"]
    for key in ("PrivateKey cmf-certificate", "PrivateKey cmf-certificate-ca"):
        assert "privateKeyPem" in found[key]["additionalSecretOutputs"]
    assert "privateKey" in found["Certificate cmf-certificate"]["additionalSecretOutputs"]
    assert it.ca_certificate is not None


# -- logs, protection, names -------------------------------------------------------------------------------------------


def test_access_logs_are_private_and_encrypted_with_what_elb_can_write(endpoint):
    found, _ = endpoint(terminate=Terminate("imported", ARN, log_days=30))
    (rule,) = found["BucketServerSideEncryptionConfiguration cmf-logs"]["inputs"]["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    block = found["BucketPublicAccessBlock cmf-logs"]["inputs"]
    assert {value for key, value in block.items() if key != "bucket"} == {True}
    (rule,) = found["BucketLifecycleConfiguration cmf-logs"]["inputs"]["rules"]
    assert rule["expiration"] == {"days": 30}
    tls_only, delivery = json.loads(found["BucketPolicy cmf-logs"]["inputs"]["policy"])["Statement"]
    assert tls_only["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert delivery["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert delivery["Resource"] == "arn:aws:s3:::p-test-access-logs-123456789012/AWSLogs/123456789012/*"
    assert len(access_log_policy("arn:aws:s3:::b", "1")["Statement"]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("protect", [True, False])
def test_what_is_protected_is_refused_by_pulumi_before_aws_refuses_half_way(endpoint, protect: bool):
    found, _ = endpoint(**TERMINATE, protect=protect)
    assert found["LoadBalancer cmf-alb"]["inputs"]["enableDeletionProtection"] is protect
    assert found["LoadBalancer cmf-alb"].get("protect", False) is protect
    assert found["Bucket cmf-logs"].get("protect", False) is protect
    assert found["Bucket cmf-logs"]["inputs"]["forceDestroy"] is not protect


def test_names_stay_within_32_characters_and_change_with_what_cannot_be_changed():
    prefix = "p" * NAME_PREFIX_LIMIT
    balancers = {
        balancer_name(prefix, kind, internal) for kind in ("application", "network") for internal in (True, False)
    }
    groups = {target_group_name(prefix, protocol, 65535) for protocol in ("HTTP", "HTTPS", "TCP")}
    assert len(balancers) == 4
    assert len(groups) == 3
    assert all(len(name) <= 32 for name in balancers | groups)


# -- ingress ---------------------------------------------------------------------------------------------------------


def test_an_ingress_is_one_that_kubernetes_takes_and_makes_nothing_in_aws(endpoint):
    check_manifest(ingress_manifest("cmf", "platform", HOST, "nginx", "tls", "cmf-service", 80, {"a": "b"}))
    found, it = endpoint(ingress=Ingress(annotations={"cert-manager.io/issuer": "platform-issuer"}), eks=None)
    assert not [key for key, r in found.items() if r["type"].startswith("aws:")]
    ingress = found["Ingress cmf"]["inputs"]
    assert ingress["spec"]["tls"] == [{"hosts": [HOST], "secretName": "cmf-endpoint-tls"}]
    annotations = ingress["metadata"]["annotations"]
    assert annotations["cert-manager.io/issuer"] == "platform-issuer"
    # CMF may come later: nobody waits for the Ingress to get an address.
    assert annotations["pulumi.com/skipAwait"] == "true"
    assert it.load_balancer_dns_name is None


def test_an_ingress_can_bring_its_own_ca(endpoint):
    found, it = endpoint(ingress=Ingress(private_ca=True))
    secret = found["Secret cmf-tls"]["inputs"]
    assert secret["type"] == "kubernetes.io/tls"
    assert "Certificate cmf-certificate" not in found
    assert "Secret cmf-tls" in before(found, "Ingress cmf")
    assert it.ca_certificate is not None


# -- what people are told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"terminate": Terminate("private_ca")}, " --certificate-authority-path cmf-ca.pem"),
        (TERMINATE, ""),
        ({"terminate": Terminate("imported", ARN, "PEM")}, " --certificate-authority-path cmf-ca.pem"),
        (PASSTHROUGH, " --certificate-authority-path cmf-ca.pem"),
        ({"ingress": Ingress(private_ca=True)}, " --certificate-authority-path cmf-ca.pem"),
        ({"ingress": Ingress(annotations={"cert-manager.io/cluster-issuer": "letsencrypt"})}, ""),
        (
            {**PASSTHROUGH, "client_certificate_file": "me.pem", "client_key_file": "me-key.pem"},
            " --certificate-authority-path cmf-ca.pem --client-cert-path me.pem --client-key-path me-key.pem",
        ),
    ],
)
def test_the_command_line_is_whole(declared, endpoint, changes: dict[str, Any], flags: str):
    found, _ = endpoint(**changes)
    outputs = found["TlsEndpoint cmf"]["outputs"]
    assert outputs["url"] == f"https://{HOST}"
    assert outputs["cli_command"] == f"confluent flink environment list --url https://{HOST}{flags}"


def test_the_flags_are_those_of_the_cli():
    command = cli_command("https://h", "ca.pem", "c.pem", "k.pem")
    assert command == (
        "confluent flink environment list --url https://h --certificate-authority-path ca.pem "
        "--client-cert-path c.pem --client-key-path k.pem"
    )


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_all_mistakes_are_told_at_once(endpoint):
    with pytest.raises(PlatformError) as caught:
        endpoint(name_prefix="P", eks=None, terminate=Terminate("imported"), scheme="x")
    assert len(caught.value.mistakes) == 4


def test_acm_takes_64_characters(endpoint):
    with pytest.raises(PlatformError) as caught:
        endpoint(terminate=Terminate(), zone_id="Z123456789", host_name="a" * 61 + ".com")
    assert caught.value.mistakes[0].key == "host_name"
