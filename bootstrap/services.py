"""What a deployment does at AWS: one row for each service that the program declares resources of.

From these rows come the policies of the roles and the table in docs/bootstrap.md. Names of actions:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """What one role is for. prefixes: how names of its stacks begin, as streaming-platform-dev-msk-"""

    account_id: str
    region: str
    stacks: tuple[str, ...]

    @property
    def prefixes(self) -> tuple[str, ...]:
        return tuple(f"streaming-platform-{stack}-" for stack in self.stacks)

    def arn(self, service: str, resource: str, regional: bool = True) -> str:
        return f"arn:aws:{service}:{self.region if regional else ''}:{self.account_id}:{resource}"


@dataclass(frozen=True)
class Service:
    """One service.

    prefix:    of its actions
    types:     beginnings of the type tokens that it is for
    why:       what the platform has there
    read:      actions of a preview and a refresh, on everything: most of them take no resource
    write:     actions of `pulumi up` and `destroy`
    resources: endings of ARNs that `write` is held to; "{name}" stands for the beginning of a stack's names, "{stack}"
               for its name. Empty: ids are chosen by AWS, so that only the region can be named
    anywhere:  actions of `up` that take no resource, or one whose id AWS chooses
    """

    prefix: str
    types: tuple[str, ...]
    why: str
    read: tuple[str, ...]
    write: tuple[str, ...]
    resources: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()

    def arns(self, scope: Scope) -> list[str]:
        """The ARNs that `write` is held to; ["*"] where names say nothing."""
        found = []
        for pattern in self.resources:
            for stack, name in zip(scope.stacks, scope.prefixes, strict=True):
                if self.prefix == "s3":
                    arn = f"arn:aws:s3:::{pattern}"
                else:
                    arn = scope.arn(self.prefix, pattern, regional=self.prefix != "iam")
                found.append(arn.replace("{name}", name).replace("{stack}", stack))
        return list(dict.fromkeys(found)) or ["*"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SERVICES: tuple[Service, ...] = (
    Service(
        "acm",
        ("aws:acm/",),
        "certificate of the TLS endpoint",
        _words("DescribeCertificate GetCertificate List*"),
        _words(
            "RequestCertificate ImportCertificate DeleteCertificate AddTagsToCertificate "
            "RemoveTagsFromCertificate UpdateCertificateOptions"
        ),
    ),
    Service(
        "application-autoscaling",
        ("aws:appautoscaling/",),
        "disks of MSK brokers that grow",
        _words("Describe* ListTagsForResource"),
        _words(
            "RegisterScalableTarget DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy TagResource "
            "UntagResource"
        ),
    ),
    Service(
        "athena",
        ("aws:athena/",),
        "work group for queries of the lake",
        _words("GetWorkGroup List*"),
        _words("CreateWorkGroup UpdateWorkGroup DeleteWorkGroup TagResource UntagResource"),
        ("workgroup/{name}*",),
    ),
    Service(
        "cloudwatch",
        ("aws:cloudwatch/metricAlarm",),
        "alarms of brokers, connectors and databases",
        _words("DescribeAlarms ListTagsForResource"),
        _words("PutMetricAlarm DeleteAlarms TagResource UntagResource"),
        ("alarm:{name}*",),
    ),
    Service(
        "ec2",
        ("aws:ec2/", "aws:vpc/", "aws:ec2transitgateway/"),
        "VPC, subnets, NAT, endpoints, security groups, flow logs, interfaces for Confluent",
        _words("Describe* GetManagedPrefixListEntries GetSecurityGroupsForVpc"),
        _words(
            "CreateVpc DeleteVpc CreateSubnet DeleteSubnet CreateInternetGateway DeleteInternetGateway "
            "CreateNatGateway DeleteNatGateway CreateRouteTable DeleteRouteTable CreateRoute DeleteRoute "
            "CreateSecurityGroup DeleteSecurityGroup CreateFlowLogs DeleteFlowLogs CreateTags DeleteTags "
            "CreateNetworkInterface DeleteNetworkInterface CreateNetworkInterfacePermission "
            "DeleteNetworkInterfacePermission CreateVpcEndpoint DeleteVpcEndpoints ModifyVpcEndpoint "
            "ModifyVpcAttribute ModifySubnetAttribute AttachInternetGateway DetachInternetGateway AllocateAddress "
            "ReleaseAddress AssociateAddress DisassociateAddress AssociateRouteTable DisassociateRouteTable "
            "ReplaceRouteTableAssociation ReplaceRoute ModifySecurityGroupRules AuthorizeSecurityGroupIngress "
            "AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress "
            "UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress "
            "ModifyNetworkInterfaceAttribute DetachNetworkInterface AcceptVpcPeeringConnection "
            "DeleteVpcPeeringConnection ModifyVpcPeeringConnectionOptions AcceptTransitGatewayVpcAttachment "
            "ModifyTransitGatewayVpcAttachment DeleteTransitGatewayVpcAttachment"
        ),
    ),
    Service(
        "ecr",
        ("aws:ecr/",),
        "repositories of the platform's images, and the images themselves",
        _words(
            "Describe* List* GetRepositoryPolicy GetLifecyclePolicy GetAuthorizationToken BatchGetImage "
            "BatchCheckLayerAvailability GetDownloadUrlForLayer"
        ),
        _words(
            "CreateRepository DeleteRepository PutLifecyclePolicy DeleteLifecyclePolicy "
            "PutImageScanningConfiguration PutImageTagMutability SetRepositoryPolicy DeleteRepositoryPolicy "
            "TagResource UntagResource InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage "
            "BatchDeleteImage"
        ),
        ("repository/{name}*",),
    ),
    Service(
        "eks",
        ("aws:eks/", "eks:index:"),
        "the cluster, who may enter it, identities of its pods",
        _words("Describe* List*"),
        _words(
            "CreateAccessEntry DeleteAccessEntry CreateAddon DeleteAddon CreatePodIdentityAssociation "
            "DeletePodIdentityAssociation DeleteCluster UpdateClusterConfig UpdateClusterVersion "
            "UpdateAccessEntry AssociateAccessPolicy DisassociateAccessPolicy UpdateAddon "
            "UpdatePodIdentityAssociation TagResource UntagResource"
        ),
        ("cluster/{name}*", "access-entry/{name}*", "addon/{name}*", "podidentityassociation/{name}*"),
        _words("CreateCluster"),
    ),
    Service(
        "elasticfilesystem",
        ("aws:efs/",),
        "shared file system for Flink's state, where a stack asks for one",
        _words("Describe* ListTagsForResource"),
        _words(
            "CreateFileSystem DeleteFileSystem CreateMountTarget DeleteMountTarget PutFileSystemPolicy "
            "DeleteFileSystemPolicy PutLifecycleConfiguration PutBackupPolicy UpdateFileSystem "
            "ModifyMountTargetSecurityGroups TagResource UntagResource"
        ),
    ),
    Service(
        "elasticloadbalancing",
        ("aws:lb/",),
        "load balancer in front of CMF",
        _words("Describe*"),
        _words(
            "CreateLoadBalancer DeleteLoadBalancer CreateTargetGroup DeleteTargetGroup CreateListener "
            "DeleteListener CreateRule DeleteRule ModifyLoadBalancerAttributes ModifyTargetGroup "
            "ModifyTargetGroupAttributes ModifyListener ModifyListenerAttributes ModifyRule SetSecurityGroups "
            "SetSubnets AddTags RemoveTags AddListenerCertificates RemoveListenerCertificates"
        ),
        ("loadbalancer/*/{stack}-*", "targetgroup/{stack}-*", "listener/*/{stack}-*", "listener-rule/*/{stack}-*"),
    ),
    Service(
        "glue",
        ("aws:glue/",),
        "catalog of the lake",
        _words("GetDatabase* GetTable* GetTags ListTableOptimizerRuns"),
        _words(
            "CreateDatabase UpdateDatabase DeleteDatabase CreateTableOptimizer UpdateTableOptimizer "
            "DeleteTableOptimizer DeleteTable TagResource UntagResource"
        ),
        ("catalog", "database/*", "table/*", "userDefinedFunction/*"),
    ),
    Service(
        "iam",
        ("aws:iam/",),
        "roles of workloads, each with what it may do",
        _words("GetRole GetRolePolicy GetPolicy GetPolicyVersion GetInstanceProfile List*"),
        _words(
            "CreateRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole UntagRole "
            "PutRolePolicy DeleteRolePolicy DetachRolePolicy CreatePolicy DeletePolicy CreatePolicyVersion "
            "DeletePolicyVersion SetDefaultPolicyVersion TagPolicy UntagPolicy"
        ),
        ("role/{name}*", "policy/{name}*"),
    ),
    Service(
        "kafka",
        ("aws:msk/",),
        "MSK",
        _words("Describe* List* Get*"),
        _words(
            "DeleteCluster UpdateBrokerCount UpdateBrokerStorage UpdateBrokerType UpdateMonitoring "
            "UpdateClusterConfiguration UpdateClusterKafkaVersion UpdateConnectivity UpdateSecurity UpdateStorage "
            "UpdateRebalancing PutClusterPolicy DeleteClusterPolicy TagResource UntagResource "
            "BatchAssociateScramSecret BatchDisassociateScramSecret"
        ),
        ("cluster/{name}*",),
        _words(
            "CreateCluster CreateClusterV2 UpdateConfiguration CreateConfiguration DeleteConfiguration "
            "CreateVpcConnection DeleteVpcConnection"
        ),
    ),
    Service(
        "kafkaconnect",
        ("aws:mskconnect/",),
        "MSK Connect",
        _words("Describe* List*"),
        _words(
            "CreateConnector DeleteConnector CreateCustomPlugin DeleteCustomPlugin CreateWorkerConfiguration "
            "DeleteWorkerConfiguration UpdateConnector TagResource UntagResource"
        ),
    ),
    Service(
        "kms",
        ("aws:kms/",),
        "keys of lake, state, brokers, databases, secrets and logs",
        _words("DescribeKey GetKeyPolicy GetKeyRotationStatus List*"),
        _words(
            "CreateKey ScheduleKeyDeletion PutKeyPolicy EnableKeyRotation UpdateKeyDescription CreateAlias "
            "DeleteAlias UpdateAlias TagResource UntagResource CreateGrant"
        ),
    ),
    Service(
        "lakeformation",
        ("aws:lakeformation/",),
        "rights on the lake's tables, where a stack asks for Lake Formation",
        _words("DescribeResource GetDataLakeSettings List*"),
        _words("RegisterResource DeregisterResource UpdateResource GrantPermissions RevokePermissions"),
    ),
    Service(
        "logs",
        ("aws:cloudwatch/logGroup",),
        "log groups of cluster, brokers, connectors, databases and network",
        _words("Describe* ListTagsForResource ListLogDeliveries GetLogDelivery ListTagsLogGroup"),
        _words(
            "CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey "
            "DisassociateKmsKey TagResource UntagResource"
        ),
        ("log-group:/{name}*", "log-group:/aws/*/{name}*"),
        # MSK has its logs delivered: https://docs.aws.amazon.com/msk/latest/developerguide/msk-logging.html
        _words("CreateLogDelivery UpdateLogDelivery DeleteLogDelivery PutResourcePolicy DescribeResourcePolicies"),
    ),
    Service(
        "rds",
        ("aws:rds/",),
        "PostgreSQL: the source, and CMF's own",
        _words("Describe* ListTagsForResource"),
        _words(
            "CreateDBInstance DeleteDBInstance CreateDBCluster DeleteDBCluster CreateDBParameterGroup "
            "DeleteDBParameterGroup CreateDBClusterParameterGroup DeleteDBClusterParameterGroup "
            "CreateDBSubnetGroup DeleteDBSubnetGroup CreateDBSnapshot DeleteDBSnapshot ModifyDBInstance "
            "ModifyDBCluster ModifyDBParameterGroup ModifyDBClusterParameterGroup ModifyDBSubnetGroup "
            "RebootDBInstance ResetDBParameterGroup ResetDBClusterParameterGroup CreateDBClusterSnapshot "
            "AddTagsToResource RemoveTagsFromResource"
        ),
        # An instance is also asked for the right on the option and parameter groups that it begins with.
        ("*:{name}*", "og:default*", "pg:default*", "cluster-pg:default*"),
    ),
    Service(
        "route53",
        ("aws:route53/",),
        "name of the TLS endpoint, private zones of Confluent",
        _words("Get* List*"),
        _words(
            "CreateHostedZone DeleteHostedZone UpdateHostedZoneComment ChangeResourceRecordSets "
            "AssociateVPCWithHostedZone DisassociateVPCFromHostedZone ChangeTagsForResource"
        ),
    ),
    Service(
        "s3",
        ("aws:s3/",),
        "buckets of lake, state and artifacts",
        _words(
            "GetBucket* GetAccelerateConfiguration GetEncryptionConfiguration GetLifecycleConfiguration "
            "GetReplicationConfiguration ListBucket GetObjectTagging GetObjectAttributes "
            "GetAnalyticsConfiguration ListTagsForResource"
        ),
        _words(
            "CreateBucket DeleteBucket PutBucket* DeleteBucketPolicy PutEncryptionConfiguration "
            "PutLifecycleConfiguration PutObject PutObjectTagging GetObject DeleteObject DeleteObjectVersion "
            "ListBucketVersions ListBucketMultipartUploads AbortMultipartUpload TagResource UntagResource"
        ),
        ("{name}*",),
    ),
    Service(
        "secretsmanager",
        ("aws:secretsmanager/",),
        "logins of databases and brokers, and what clients read",
        _words("DescribeSecret GetResourcePolicy ListSecrets ListSecretVersionIds"),
        _words(
            "CreateSecret DeleteSecret UpdateSecret PutSecretValue UpdateSecretVersionStage RestoreSecret "
            "GetSecretValue PutResourcePolicy DeleteResourcePolicy TagResource UntagResource"
        ),
        # `AmazonMSK_` is how MSK wants its logins to begin; the path is what clients look for.
        ("secret:{name}*", "secret:AmazonMSK_*", "secret:/confluent_cloud_resource/*"),
    ),
    Service(
        "ssm",
        ("aws:ssm/",),
        "settings that clients read",
        _words("DescribeParameters ListTagsForResource GetParameter GetParameters"),
        _words("PutParameter DeleteParameter DeleteParameters AddTagsToResource RemoveTagsFromResource"),
        ("parameter/confluent_cloud_resource/*", "parameter/{name}*"),
    ),
)

# AWS' own policies that the program attaches to roles, and nothing else of AWS may be attached.
ATTACHED = (
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
    "AmazonEKSWorkerNodeMinimalPolicy",
)
# The services that roles of the platform are handed to.
PASSED_TO = (
    "ec2.amazonaws.com",
    "eks.amazonaws.com",
    "glue.amazonaws.com",
    "kafkaconnect.amazonaws.com",
    "lakeformation.amazonaws.com",
    "pods.eks.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)
# Roles that AWS makes itself the first time that a service is used in an account.
SERVICE_LINKED = (
    "eks.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "kafka.amazonaws.com",
    "kafkaconnect.amazonaws.com",
    "lakeformation.amazonaws.com",
    "rds.amazonaws.com",
    "kafka.application-autoscaling.amazonaws.com",
)
