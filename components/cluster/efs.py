"""Shared files for pods: an encrypted EFS file system, the driver that Auto Mode does not have, a storage class."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.cluster.identity import RoleDefaults, role_name, role_with_policies
from components.cluster.objects import KubernetesObject
from components.cluster.policies import EFS_DRIVER_POLICY, file_system_policy, pod_identity_trust
from components.cluster.storage import shared_storage_class
from components.network import NetworkAccess

NFS_PORT = 2049
_DRIVER_ACCOUNT = "efs-csi-controller-sa"


@dataclass
class SharedFilesArgs:
    """Inputs of `SharedFiles`.

    cluster_name, cluster_arn: the EKS cluster; the name waits for it
    network:     a mount target in each private subnet; the workloads' security group is let in
    kms_key_arn: customer key for the files
    roles:       account, tags and name prefix
    provider:    Kubernetes provider of the cluster
    cluster:     what the add-on and the storage class are deleted with
    nodes:       node pools: the add-on is ready when its controller runs
    protect:     True: Pulumi refuses to delete the file system, and files outlive their claims (default False)
    """

    cluster_name: pulumi.Input[str]
    cluster_arn: str
    network: NetworkAccess
    kms_key_arn: pulumi.Input[str]
    roles: RoleDefaults
    provider: kubernetes.Provider
    cluster: pulumi.Resource
    nodes: Sequence[pulumi.Resource]
    protect: bool = False


class SharedFiles(pulumi.ComponentResource):
    """EFS file system, mount targets, security group, driver and storage class. `ready`: what claims wait for.

    Outputs: file_system_id.
    """

    file_system_id: pulumi.Output[str]

    def __init__(self, name: str, args: SharedFilesArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("streaming-platform:index:SharedFiles", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = dict(args.roles.tags)
        files = aws.efs.FileSystem(
            name,
            encrypted=True,
            kms_key_id=args.kms_key_arn,
            # `bursting`, the default, slows down with little data: https://docs.aws.amazon.com/efs/latest/ug/performance.html
            throughput_mode="elastic",
            lifecycle_policies=[aws.efs.FileSystemLifecyclePolicyArgs(transition_to_ia="AFTER_30_DAYS")],
            tags={**tags, "Name": f"{args.roles.name_prefix}-files"},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        # It goes with the file system: deleting it first would let anyone in for a moment.
        aws.efs.FileSystemPolicy(
            name,
            file_system_id=files.id,
            policy=files.arn.apply(lambda arn: json.dumps(file_system_policy(arn))),
            opts=pulumi.ResourceOptions(parent=self, deleted_with=files),
        )
        group = aws.ec2.SecurityGroup(
            name,
            description="EFS mount targets",
            vpc_id=args.network.vpc_id,
            tags={**tags, "Name": f"{args.roles.name_prefix}-files"},
            opts=child,
        )
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=group.id,
            referenced_security_group_id=args.network.workload_security_group_id,
            ip_protocol="tcp",
            from_port=NFS_PORT,
            to_port=NFS_PORT,
            description="NFS from the nodes",
            tags=tags,
            opts=child,
        )
        targets = [
            aws.efs.MountTarget(
                f"{name}-{index}",
                file_system_id=files.id,
                subnet_id=subnet,
                security_groups=[group.id],
                opts=child,
            )
            for index, subnet in enumerate(args.network.private_subnet_ids)
        ]
        # The driver on the nodes has no role (the add-on takes an association for its controller only), so the policy
        # above asks for TLS and a mount target, not for IAM.
        driver = self._driver(name, args, tags)
        storage_class = KubernetesObject(
            f"{name}-class",
            shared_storage_class(files.id, args.protect),
            pulumi.ResourceOptions(
                parent=self, provider=args.provider, deleted_with=args.cluster, depends_on=[driver, *targets]
            ),
        )
        self.ready = [storage_class]
        self.file_system_id = files.id
        self.register_outputs({"file_system_id": self.file_system_id})

    def _driver(self, name: str, args: SharedFilesArgs, tags: dict[str, str]) -> aws.eks.Addon:
        role, attachments = role_with_policies(
            f"{name}-driver",
            role_name(args.roles.name_prefix, "efs-driver"),
            pod_identity_trust(args.cluster_arn, "kube-system", _DRIVER_ACCOUNT),
            {"AmazonEFSCSIDriverPolicy": EFS_DRIVER_POLICY},
            args.roles,
            pulumi.ResourceOptions(parent=self),
        )
        return aws.eks.Addon(
            name,
            cluster_name=args.cluster_name,
            addon_name="aws-efs-csi-driver",
            # No version: EKS takes the one that it has tested with the cluster's Kubernetes version.
            pod_identity_associations=[
                aws.eks.AddonPodIdentityAssociationArgs(role_arn=role.arn, service_account=_DRIVER_ACCOUNT)
            ],
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            tags=tags,
            # Objects within the cluster and an entry in EKS. Access points belong to the file system.
            opts=pulumi.ResourceOptions(parent=self, deleted_with=args.cluster, depends_on=[*attachments, *args.nodes]),
        )
