"""The lab: a script that runs a Pulumi program through the real engine, on an emulator of AWS and a real API server.

It is not published: ENGINE_LAB is the folder of its script `lab`, for those who have it. The programs that it starts
are; LAB_BIN and other variables of its own name them.
"""

import json
import os
import shutil
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.plan.stack_file import ROOT
from tests.components.kubernetes_schemas import write_schemas
from tests.engine_confluent import said

FOLDER = Path(os.environ.get("ENGINE_LAB", ROOT.parent / "shared" / "lab"))
NEEDED = {
    "LAB_BIN": "the folder of `pulumi`: https://www.pulumi.com/docs/iac/download-install/",
    "LAB_TF_AWS": "the Terraform AWS provider: https://releases.hashicorp.com/terraform-provider-aws/",
    "LAB_PYTHON": "the Python of this repository: .venv/bin/python",
}
"""Environment variable -> what it has to name, and where to get that."""
CONFLUENT = {
    "LAB_TF_CONFLUENT": "the Terraform Confluent provider: https://github.com/confluentinc/terraform-provider-confluent"
}
ON_KUBERNETES = {
    "pulumi-resource-kubernetes": "https://github.com/pulumi/pulumi-kubernetes/releases",
    "pulumi-resource-eks": "https://github.com/pulumi/pulumi-eks/releases",
    "kube-apiserver": "https://kubernetes.io/releases/download/",
    "kube-controller-manager": "https://kubernetes.io/releases/download/",
    "etcd": "https://github.com/etcd-io/etcd/releases",
}
"""Program in LAB_BIN -> where to get it."""

# Databases of the emulator take minutes, and forget settings, so that a second preview would change them.
NOT_SENT = "aws_db_instance,aws_rds_cluster,aws_rds_cluster_instance"

# Where the lab's AWS and Kubernetes are not as those of Amazon: file -> what stands there -> what has to.
_AS_AWS_IS = {
    # The endpoints that tell health are open to everybody on EKS too, and pulumi-eks waits five minutes for them.
    "cluster.py": ("--anonymous-auth=false", "--anonymous-auth=true"),
    # EKS makes a security group for each cluster, which nodes carry and rules name; the emulator makes none. The id of
    # a hosted zone begins with Z.
    "motolab.py": (
        '\nif __name__ == "__main__":',
        """
from moto.ec2.models import ec2_backends
from moto.eks import models as eks
from moto.route53 import models as route53

_zone = route53.create_route53_zone_id
route53.create_route53_zone_id = lambda **given: "Z" + _zone(**given)[1:]
_cluster = eks.Cluster.__init__


def _with_security_group(self, **given):
    ec2, vpc = ec2_backends[given["account_id"]][given["region_name"]], given["resources_vpc_config"]
    name, where = f"eks-cluster-sg-{given['name']}", ec2.get_subnet(vpc["subnetIds"][0]).vpc_id
    group = ec2.create_security_group(name, "made by EKS", vpc_id=where)
    _cluster(self, **{**given, "resources_vpc_config": {**vpc, "clusterSecurityGroupId": group.id}})


eks.Cluster.__init__ = _with_security_group

if __name__ == "__main__":""",
    ),
}


# What the lab does not make up, in its fakes.py.
_FIXED = 'FIXED = {("aws_s3tables_table", "type"): "customer"}'


def missing(kubernetes: bool = False, confluent: bool = False) -> str | None:
    """Why there is no engine here and how to get it, in one line; None where it is."""
    if not (FOLDER / "lab").exists():
        return (
            "no script that runs stacks under the Pulumi engine (ENGINE_LAB is its folder): it is not published; the "
            "README's `With the Pulumi engine` does by hand what these tests begin with"
        )
    variables = NEEDED | (CONFLUENT if confluent else {})
    if unset := [f"{name}, {what}" for name, what in variables.items() if not os.environ.get(name)]:
        return f"no Pulumi engine here: set {'; '.join(unset)}"
    programs = ON_KUBERNETES if kubernetes else {}
    absent = [f"{one}, {where}" for one, where in programs.items() if not Path(os.environ["LAB_BIN"], one).exists()]
    return f"no Kubernetes for the engine here: put into the folder LAB_BIN {'; '.join(absent)}" if absent else None


@dataclass(frozen=True)
class Lab:
    """home: $LAB_HOME, where it writes; script: a folder with the script, mended where AWS is otherwise"""

    home: Path
    script: Path

    @staticmethod
    def in_folder(folder: Path, registry: str) -> "Lab":
        """A lab that is not up yet. registry: URL of the Schema Registry of stacks on Confluent Cloud."""
        script = folder / "lab"
        shutil.copytree(FOLDER, script, copy_function=shutil.copyfile)
        answers = {"fakes.py": (_FIXED, f"{_FIXED} | {said(registry)!r}")}
        for name, (found, wanted) in (_AS_AWS_IS | answers).items():
            text = (script / name).read_text()
            assert text.count(found) == 1, f"{name} of the lab has changed: {found!r}"
            (script / name).write_text(text.replace(found, wanted))
        return Lab(folder / "lab-home", script)

    def _run(self, *arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
        environment = {"LAB_FAKE_TYPES": NOT_SENT, **os.environ, "LAB_HOME": str(self.home)}
        environment["PATH"] = f"{os.environ['LAB_BIN']}:{os.environ['PATH']}"
        return subprocess.run(
            [os.environ["LAB_PYTHON"], str(self.script / "lab"), *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=environment,
        )

    def up(self) -> None:
        """Start the services, with the kinds of the operators on the API server."""
        schemas, kinds = self.home / "schemas", self.home / "kinds"
        write_schemas(schemas)
        subprocess.run([sys.executable, str(self.script / "crds.py"), str(schemas), str(kinds)], check=True)
        done = self._run("up", str(kinds), timeout=600)
        assert done.returncode == 0, done.stderr

    def down(self) -> None:
        self._run("down", timeout=120)

    def act(self, action: str, project: Path, stack: str, *flags: str) -> dict[str, Any]:
        """`preview`, `apply`, `idempotent` (a second preview) or `destroy`: what the script says of it."""
        limit = float(os.environ.get("LAB_TIMEOUT", "1500"))
        done = self._run(action, str(project), stack, *flags, timeout=limit + 120)
        assert done.stdout.strip(), done.stderr
        return json.loads(done.stdout)

    def export(self, project: Path, stack: str) -> list[dict[str, Any]]:
        """The resources of the stack's state."""
        return json.loads(self._run("export", str(project), stack, timeout=120).stdout)["deployment"].get(
            "resources", []
        )

    @property
    def aws(self) -> str:
        """URL of the emulator."""
        lines = (self.home / "env").read_text().splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith("AWS_ENDPOINT_URL="))

    @property
    def kubeconfig(self) -> str:
        """Its text; the context is `lab`."""
        return (self.home / "admin.kubeconfig").read_text()

    def end_jobs(self) -> None:
        """Nothing runs pods here: let those of the Jobs have ended well."""
        pods = json.loads(self._kubernetes("GET", "/api/v1/pods?labelSelector=batch.kubernetes.io/job-name"))["items"]
        for pod in (one["metadata"] for one in pods):
            path = f"/api/v1/namespaces/{pod['namespace']}/pods/{pod['name']}/status"
            self._kubernetes("PATCH", path, {"status": {"phase": "Succeeded"}})

    def _kubernetes(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> str:
        config = json.loads(self.kubeconfig)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        context = ssl.create_default_context(cafile=cluster["certificate-authority"])
        context.load_cert_chain(user["client-certificate"], user["client-key"])
        request = urllib.request.Request(
            cluster["server"] + path,
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/merge-patch+json"},
        )
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:
            return answer.read().decode()


@dataclass(frozen=True)
class Deletions:
    """When each resource was deleted: URN -> numbers of the events of its begin and of its end.

    made: number of the last event that tells that something was made or changed
    """

    begun: Mapping[str, int]
    ended: Mapping[str, int]
    made: int

    @staticmethod
    def of(done: Mapping[str, Any]) -> "Deletions":
        """Of what `act("destroy", ...)` or `act("apply", ...)` gave."""
        begun: dict[str, int] = {}
        ended: dict[str, int] = {}
        made = 0
        for event in _events(Path(done["full_output"]).with_suffix(".events")):
            for kind, found in (("resourcePreEvent", begun), ("resOutputsEvent", ended)):
                if (one := event.get(kind)) and one["metadata"]["op"] == "delete":
                    found[one["metadata"]["urn"]] = event["sequence"]
            if (one := event.get("resOutputsEvent")) and one["metadata"]["op"] in ("create", "update"):
                made = event["sequence"]
        return Deletions(begun, ended, made)

    def wrong(self, first: str, then: str) -> list[tuple[str, str]]:
        """Pairs where `then` began before `first` had ended. Both are parts of the end of a URN, from the type on."""
        return [
            (one, other)
            for one in self.begun
            for other in self.begun
            if first in _short(one) and then in _short(other) and self.ended[one] > self.begun[other]
        ]


def _short(urn: str) -> str:
    return urn.split("::", 2)[2].rsplit("$", 1)[-1]


def _events(file: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in file.read_text().splitlines() if line.strip())
