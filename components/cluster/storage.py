"""Storage classes of EKS, as plain manifests."""

from typing import Any

import pulumi

BLOCK_CLASS = "streaming-gp3"
"""For volumes of one pod, each in one zone."""

SHARED_CLASS = "streaming-efs"
"""For volumes of many pods, in every zone."""


def block_storage_class(kms_key_arn: pulumi.Input[str], keep_volumes: bool) -> dict[str, Any]:
    """EBS gp3, encrypted, and the cluster's default: Auto Mode has none, and claims without a class wait for ever.

    kms_key_arn:  full ARN; the cluster's IAM role needs the key
    keep_volumes: True: a volume outlives its claim, and somebody deletes it by hand

    `encrypted` is false where it is not said. A volume is in one zone: it is made where its first pod runs.
    https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html
    """
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": BLOCK_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        # Not ebs.csi.aws.com, which is the driver that Auto Mode does not have.
        "provisioner": "ebs.csi.eks.amazonaws.com",
        "parameters": {"type": "gp3", "encrypted": "true", "kmsKeyId": kms_key_arn},
        "volumeBindingMode": "WaitForFirstConsumer",
        "reclaimPolicy": "Retain" if keep_volumes else "Delete",
        "allowVolumeExpansion": True,
    }


def shared_storage_class(file_system_id: pulumi.Input[str], keep_volumes: bool) -> dict[str, Any]:
    """EFS: an access point for each claim. Mounted over TLS, which the file system's policy demands."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": SHARED_CLASS},
        "provisioner": "efs.csi.aws.com",
        "parameters": {"provisioningMode": "efs-ap", "fileSystemId": file_system_id, "directoryPerms": "700"},
        "mountOptions": ["tls"],
        "volumeBindingMode": "Immediate",
        "reclaimPolicy": "Retain" if keep_volumes else "Delete",
    }
