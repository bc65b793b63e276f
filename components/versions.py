"""Versions of what the platform runs, with where each came from. Constants and nothing else.

The Maven files repeat the versions that Maven resolves (`applications/connectors/pom.xml`, `operations/local/maven/`);
`tests/operations/local/test_distribution.py` fails where they differ from this file.
"""

JAVA_OLDEST = 17
"""Kafka 4 and Iceberg 1.11 are compiled for Java 17."""

JAVA_NEWEST = 23
"""From Java 24 on `Subject.getSubject` throws; the Hadoop inside Flink's S3 file system calls it."""

FLINK = "2.1.1"
"""PyPI `apache-flink-libraries`, Maven `org.apache.flink`. The line that Confluent's Flink images follow, and its last
patch for which the S3 file system plugin was found on Maven Central (2.1.3 has the rest of Flink, not the plugin)."""

FLINK_CONNECTOR_KAFKA = "4.0.1-2.0"
"""Maven `org.apache.flink`. Built for Flink 2.0, runs on 2.1; there is no build for 2.1."""

KAFKA_CLIENTS = "3.9.1"
"""Maven `org.apache.kafka`, within Flink: the version that FLINK_CONNECTOR_KAFKA's own POM names. Its exactly-once sink
reaches into private fields of the producer, so that another version may break it."""

JACKSON = "2.18.2"
"""Maven `com.fasterxml.jackson.core`, within Flink: the version that FLINK_CONNECTOR_KAFKA's own POM names."""

AWS_MSK_IAM_AUTH = "2.3.5"
"""Maven `software.amazon.msk`: login to Amazon MSK by IAM."""

ICEBERG = "1.11.0"
"""Maven `org.apache.iceberg`: `iceberg-flink-runtime-2.1` and `iceberg-aws-bundle`, always the same version."""

HADOOP = "3.4.2"
"""Maven `org.apache.hadoop`: client jars that Iceberg's Flink module loads classes from."""

COMMONS_LOGGING = "1.3.5"
"""Maven `commons-logging`: the logging API of the Hadoop client jars."""

KAFKA = "4.1.1"
"""Maven `org.apache.kafka`: broker, tools and Connect."""

LOG4J = "2.24.3"
"""Maven `org.apache.logging.log4j`: the version that Kafka's own release of this line ships."""

DEBEZIUM = "3.4.3.Final"
"""Maven `io.debezium`: the PostgreSQL source connector. Runs on Java 17."""

POSTGRES = "17.6.0"
"""Maven `io.zonky.test.postgres`: PostgreSQL 17.6 as a relocatable archive for Linux and macOS."""

KUBERNETES = "1.35"
"""Amazon EKS: in standard support until 2027-03-27 (https://endoflife.date/amazon-eks)."""

CMF = "2.4.2"
"""Chart `confluent-manager-for-apache-flink` of https://packages.confluent.io/helm; the chart has the version of what
it installs. 2.4 brings role bindings of its own (embedded MDS); 2.4.2 is the last that was seen running in public."""

FLINK_OPERATOR = "1.150.3"
"""Chart `flink-kubernetes-operator` of https://packages.confluent.io/helm (image 1.15.0-cp3): the pair of CMF 2.4
(github.com/osowski/confluent-platform-gitops, docs/changelog.md)."""

CFK = "0.1718.10"
"""Chart `confluent-for-kubernetes` of https://packages.confluent.io/helm: Confluent for Kubernetes 3.3.0, for
Kubernetes 1.28 to 1.36 (https://docs.confluent.io/operator/3.3/release-notes.html)."""

CERT_MANAGER = "v1.21.2"
"""Chart `cert-manager` of https://charts.jetstack.io, for Kubernetes 1.33 to 1.36
(https://cert-manager.io/docs/releases/)."""

CP_FLINK_IMAGE = "confluentinc/cp-flink:2.1.1-cp1-java21"
"""Docker Hub: Confluent's Flink 2.1, the newest minor that the enum of Confluent for Kubernetes 3.3.0 knows (v2_1)."""

CP_FLINK_SQL_IMAGE = "confluentinc/cp-flink-sql:1.19-cp11"
"""Docker Hub: what CMF's own SQL runs on. Older ones: cp7 is the floor of CMF 2.3 and 2.4, cp8 ignores user jars
without a word, cp11 can write Iceberg (Confluent, "Flink Versions for Statements")."""

POSTGRES_CLIENT_IMAGE = "public.ecr.aws/docker/library/postgres:17.6"
"""Official PostgreSQL image (https://hub.docker.com/_/postgres) from Amazon's mirror, which asks for no login; `psql`
of the newest major version that the settings allow."""

CURL_IMAGE = "docker.io/curlimages/curl:8.14.1"
"""https://hub.docker.com/r/curlimages/curl: a shell and curl, for what a Job says to a REST interface."""

CRANE = "v0.20.6"
"""Go module `github.com/google/go-containerregistry`: builds images without a Docker daemon. Another version may
compress layers to other bytes, and so give other digests."""

MSK_CONNECT_KAFKA = "3.7.x"
"""Kafka Connect of MSK Connect; the only other one is 2.7.1, which knows no exactly-once sources.
https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect.html"""

SCHEMA_REGISTRY_IMAGE = "confluentinc/cp-schema-registry:8.1.1"
"""Docker Hub, for amd64 and arm64. Confluent Platform 8.1: its Kafka clients 4.1 speak with brokers from 2.1 on."""

ACTIONLINT = "v1.7.12"
"""Go module `github.com/rhysd/actionlint`: checks the workflows of GitHub Actions. Nothing of the platform runs it."""
