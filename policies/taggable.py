"""The types of AWS resources that take tags, of the services that the platform uses."""

_TYPES = {
    "acm": "Certificate",
    "alb": "Listener ListenerRule LoadBalancer TargetGroup",
    "appautoscaling": "Target",
    "athena": "CapacityReservation DataCatalog Workgroup",
    "cloudwatch": (
        "AlarmMuteRule CompositeAlarm ContributorInsightRule ContributorManagedInsightRule EventBus EventRule "
        "InternetMonitor LogAnomalyDetector LogDelivery LogDeliveryDestination LogDeliverySource "
        "LogDestination LogGroup MetricAlarm MetricStream"
    ),
    "ec2": (
        "Ami AmiCopy AmiFromInstance CapacityBlockReservation CapacityReservation CarrierGateway "
        "CustomerGateway DedicatedHost DefaultNetworkAcl DefaultRouteTable DefaultSecurityGroup DefaultSubnet "
        "DefaultVpc DefaultVpcDhcpOptions EgressOnlyInternetGateway Eip EncryptionControl Fleet FlowLog "
        "Instance InternetGateway KeyPair LaunchTemplate LocalGatewayRouteTable "
        "LocalGatewayRouteTableVirtualInterfaceGroupAssociation LocalGatewayRouteTableVpcAssociation "
        "ManagedPrefixList NatGateway NetworkAcl NetworkInsightsAccessScope NetworkInsightsAnalysis "
        "NetworkInsightsPath NetworkInterface PlacementGroup RouteTable SecondaryNetwork SecondarySubnet "
        "SecurityGroup SpotFleetRequest SpotInstanceRequest Subnet TrafficMirrorFilter TrafficMirrorSession "
        "TrafficMirrorTarget Vpc VpcBlockPublicAccessExclusion VpcDhcpOptions VpcEncryptionControl "
        "VpcEndpoint VpcEndpointService VpcIpam VpcIpamPool VpcIpamPoolCidrAllocation "
        "VpcIpamResourceDiscovery VpcIpamResourceDiscoveryAssociation VpcIpamScope VpcPeeringConnection "
        "VpcPeeringConnectionAccepter VpnConcentrator VpnConnection VpnGateway"
    ),
    "ecr": "Repository",
    "efs": "AccessPoint FileSystem",
    "eks": (
        "AccessEntry Addon Capability Cluster FargateProfile IdentityProviderConfig NodeGroup PodIdentityAssociation"
    ),
    "glue": (
        "Catalog CatalogDatabase Connection Crawler DataQualityRuleset DevEndpoint Job MLTransform Registry "
        "Schema Trigger Workflow"
    ),
    "iam": (
        "InstanceProfile OpenIdConnectProvider Policy Role SamlProvider ServerCertificate ServiceLinkedRole "
        "User VirtualMfaDevice"
    ),
    "kinesis": "AnalyticsApplication FirehoseDeliveryStream Stream StreamConsumer VideoStream",
    "kms": "ExternalKey Key ReplicaExternalKey ReplicaKey",
    "lambda": "CapacityProvider CodeSigningConfig EventSourceMapping Function MicrovmsImage",
    "lb": "Listener ListenerRule LoadBalancer TargetGroup TrustStore",
    "msk": "Channel Cluster Replicator ServerlessCluster VpcConnection",
    "mskconnect": "Connector CustomPlugin WorkerConfiguration",
    "rds": (
        "Cluster ClusterEndpoint ClusterInstance ClusterParameterGroup ClusterSnapshot ClusterSnapshotCopy "
        "CustomDbEngineVersion EventSubscription GlobalCluster Instance Integration OptionGroup "
        "ParameterGroup Proxy ProxyEndpoint ReservedInstance ShardGroup Snapshot SnapshotCopy SubnetGroup"
    ),
    "route53": (
        "HealthCheck ProfilesAssociation ProfilesProfile ResolverEndpoint ResolverFirewallDomainList "
        "ResolverFirewallRuleGroup ResolverFirewallRuleGroupAssociation ResolverQueryLogConfig ResolverRule "
        "Zone"
    ),
    "s3": (
        "AccessPoint Bucket BucketObject BucketObjectv2 BucketV2 DirectoryBucket FilesAccessPoint "
        "FilesFileSystem ObjectCopy VectorsIndex VectorsVectorBucket"
    ),
    "secretsmanager": "Secret",
    "sns": "Topic",
    "sqs": "Queue",
    "ssm": (
        "Activation Association ContactsRotation Document MaintenanceWindow Parameter PatchBaseline "
        "QuicksetupConfigurationManager"
    ),
    "vpc": "RouteServer RouteServerEndpoint RouteServerPeer SecurityGroupEgressRule SecurityGroupIngressRule",
}
"""Service -> names of types, from pulumi-aws 7.51.1; a test compares them with the SDK that is installed."""

SERVICES = frozenset(_TYPES)

TAGGABLE = frozenset(
    f"aws:{service}/{name[0].lower()}{name[1:]}:{name}" for service, names in _TYPES.items() for name in names.split()
)
"""Their type tokens."""
