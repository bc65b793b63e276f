"""Resource types that no bill shows. Whatever is neither here nor in a rule is reported as unknown."""

# Each by name, so that a new type is never free by accident. What AWS does not charge for itself: what it controls or
# describes is charged where it stands (a flow log in its log group, a topic in its brokers, an object in its bucket).
AWS = frozenset(
    {
        "acm/certificate:Certificate",
        "acm/certificateValidation:CertificateValidation",
        "appautoscaling/policy:Policy",
        "appautoscaling/target:Target",
        "cloudwatch/dashboard:Dashboard",
        "cloudwatch/logResourcePolicy:LogResourcePolicy",
        "ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "ec2/flowLog:FlowLog",
        "ec2/internetGateway:InternetGateway",
        "ec2/networkAcl:NetworkAcl",
        "ec2/networkInterface:NetworkInterface",
        "ec2/networkInterfacePermission:NetworkInterfacePermission",
        "ec2/route:Route",
        "ec2/routeTable:RouteTable",
        "ec2/routeTableAssociation:RouteTableAssociation",
        "ec2/securityGroup:SecurityGroup",
        "ec2/securityGroupRule:SecurityGroupRule",
        "ec2/subnet:Subnet",
        "ec2/tag:Tag",
        "ec2/vpc:Vpc",
        "ec2/vpcPeeringConnection:VpcPeeringConnection",
        "ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
        "ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter",
        "ecr/lifecyclePolicy:LifecyclePolicy",
        "ecr/pullThroughCacheRule:PullThroughCacheRule",
        "ecr/repositoryPolicy:RepositoryPolicy",
        "efs/accessPoint:AccessPoint",
        "efs/fileSystemPolicy:FileSystemPolicy",
        "efs/mountTarget:MountTarget",
        "eks/accessEntry:AccessEntry",
        "eks/accessPolicyAssociation:AccessPolicyAssociation",
        "eks/addon:Addon",
        "eks/podIdentityAssociation:PodIdentityAssociation",
        "iam/instanceProfile:InstanceProfile",
        "iam/openIdConnectProvider:OpenIdConnectProvider",
        "iam/policy:Policy",
        "iam/role:Role",
        "iam/rolePolicy:RolePolicy",
        "iam/rolePolicyAttachment:RolePolicyAttachment",
        "kms/alias:Alias",
        "kms/grant:Grant",
        "kms/keyPolicy:KeyPolicy",
        "lakeformation/dataLakeSettings:DataLakeSettings",
        "lakeformation/permissions:Permissions",
        "lakeformation/resource:Resource",
        "lb/listener:Listener",
        "lb/listenerCertificate:ListenerCertificate",
        "lb/listenerRule:ListenerRule",
        "lb/targetGroup:TargetGroup",
        "lb/targetGroupAttachment:TargetGroupAttachment",
        "msk/clusterPolicy:ClusterPolicy",
        "msk/configuration:Configuration",
        "msk/scramSecretAssociation:ScramSecretAssociation",
        "msk/singleScramSecretAssociation:SingleScramSecretAssociation",
        "msk/topic:Topic",
        "mskconnect/customPlugin:CustomPlugin",
        "mskconnect/workerConfiguration:WorkerConfiguration",
        "rds/clusterParameterGroup:ClusterParameterGroup",
        "rds/parameterGroup:ParameterGroup",
        "rds/subnetGroup:SubnetGroup",
        "route53/record:Record",
        "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "s3/bucketNotification:BucketNotification",
        "s3/bucketObjectv2:BucketObjectv2",
        "s3/bucketOwnershipControls:BucketOwnershipControls",
        "s3/bucketPolicy:BucketPolicy",
        "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "s3/bucketVersioning:BucketVersioning",
        "secretsmanager/secretPolicy:SecretPolicy",
        "secretsmanager/secretRotation:SecretRotation",
        "secretsmanager/secretVersion:SecretVersion",
        "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    }
)

# The control plane of Confluent Cloud has no price of its own (https://www.confluent.io/pricing/); a statement is
# charged in its compute pool.
CONFLUENT = frozenset(
    {
        "apiKey:ApiKey",
        "catalogIntegration:CatalogIntegration",
        "dnsForwarder:DnsForwarder",
        "dnsRecord:DnsRecord",
        "flinkArtifact:FlinkArtifact",
        "flinkStatement:FlinkStatement",
        "identityPool:IdentityPool",
        "identityProvider:IdentityProvider",
        "ipFilter:IpFilter",
        "ipGroup:IpGroup",
        "kafkaAcl:KafkaAcl",
        "kafkaClusterConfig:KafkaClusterConfig",
        "kafkaTopic:KafkaTopic",
        "providerIntegration:ProviderIntegration",
        "roleBinding:RoleBinding",
        "schemaRegistryClusterConfig:SchemaRegistryClusterConfig",
        "serviceAccount:ServiceAccount",
        "subjectConfig:SubjectConfig",
    }
)

# Made by the program or inside the cluster, where nodes are what is paid for.
PREFIXES = ("pulumi:", "random:", "tls:", "time:", "command:", "kubernetes:", "streaming-platform:")


def is_free(type_: str) -> bool:
    """Whether a resource of `type_` costs nothing itself."""
    if type_.startswith(PREFIXES):
        return True
    package, _, rest = type_.partition(":")
    if package == "aws":
        return rest in AWS
    return package == "confluentcloud" and rest.removeprefix("index/") in CONFLUENT
