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

FLINK_SQL_CONNECTOR_KAFKA = "4.0.1-2.0"
"""Maven `org.apache.flink`. Built for Flink 2.0, runs on 2.1; there is no build for 2.1."""

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
