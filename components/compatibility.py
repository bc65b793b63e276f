"""Which versions run together: data with the source of each row, and a check that names the pairing that works.

Sources, by short name:
CFK notes:  https://docs.confluent.io/operator/3.3/release-notes.html
CFK schema: the enum `flinkVersion` in FlinkApplication's custom resource definition of CFK 3.3.0
OSO:        github.com/osowski/confluent-platform-gitops, docs/changelog.md: what was seen running together
JBC:        github.com/jbcodeforce/flink-studies, deployment/k8s/cmf/Makefile
CKE:        github.com/confluentinc/confluent-kubernetes-examples, flink/sql
cert-manager: https://cert-manager.io/docs/releases/
Maven:      the artifacts that exist on Maven Central
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components import versions
from components.contradiction import Contradiction
from components.errors import problem

if TYPE_CHECKING:
    from components.settings.flink import CmfFlink


@dataclass(frozen=True)
class CmfRelease:
    """What one version of CMF runs with.

    operator:     chart version of Confluent's Flink Kubernetes operator
    cfk:          chart version of Confluent for Kubernetes
    sql_floor:    the oldest build of the SQL image (`1.19-cp<n>`) whose statements it can run
    own_authority: whether it keeps role bindings itself (embedded MDS); MSK has no other place for them
    environment:  whether the chart takes `extraEnv`, the one way to keep passwords out of Helm values
    """

    operator: str
    cfk: str
    sql_floor: int
    own_authority: bool
    environment: bool
    source: str


CMF_RELEASES: Mapping[str, CmfRelease] = {
    "2.3.1": CmfRelease("1.140.3", versions.CFK, 7, False, False, "OSO; CKE pairs CMF 2.3.0 with the same CFK"),
    "2.4.2": CmfRelease(versions.FLINK_OPERATOR, versions.CFK, 7, True, True, "OSO; JBC"),
}


@dataclass(frozen=True)
class FlinkLine:
    """What one minor version of Flink runs with.

    image:           Confluent's image for JAR applications
    enum:            its name in custom resources; None: Confluent for Kubernetes refuses it
    s3_plugin:       file in /opt/flink/opt for ENABLE_BUILT_IN_PLUGINS. The `-java21` of an image is no part of it, and
                     with a wrong name there is no plugin and no error before the first checkpoint
    pod_identity:    whether the AWS SDK in that plugin knows EKS Pod Identity (1.12.746 or later)
    iceberg:         oldest and newest version of `iceberg-flink-runtime-<minor>`; None: there is none
    kafka_connector: newest `flink-connector-kafka` for it
    """

    image: str
    enum: str | None
    s3_plugin: str
    pod_identity: bool
    iceberg: tuple[str, str] | None
    kafka_connector: str | None
    source: str


FLINK_LINES: Mapping[str, FlinkLine] = {
    "1.19": FlinkLine(
        "confluentinc/cp-flink:1.19.1-cp1",
        "v1_19",
        "flink-s3-fs-hadoop-1.19.1-cp1.jar",
        False,
        None,
        "3.3.0-1.19",
        "CKE; AWS SDK 1.12.319 within the plugin of 1.19.1",
    ),
    "1.20": FlinkLine(
        "confluentinc/cp-flink:1.20.3-cp1",
        "v1_20",
        "flink-s3-fs-hadoop-1.20.3-cp1.jar",
        True,
        ("1.7.0", "1.11.0"),
        "3.4.0-1.20",
        "JBC; Maven",
    ),
    "2.0": FlinkLine(
        "confluentinc/cp-flink:2.0.2-cp3",
        "v2_0",
        "flink-s3-fs-hadoop-2.0.2-cp3.jar",
        True,
        ("1.10.0", "1.11.0"),
        "4.0.1-2.0",
        "JBC; Maven",
    ),
    "2.1": FlinkLine(
        versions.CP_FLINK_IMAGE,
        "v2_1",
        "flink-s3-fs-hadoop-2.1.1-cp1.jar",
        True,
        ("1.11.0", "1.11.0"),
        "4.0.1-2.0",
        "OSO: workloads/colors-and-shapes; Maven; the connector has no build of its own for 2.1",
    ),
    "2.2": FlinkLine(
        "confluentinc/cp-flink:2.2.0-cp2-java21",
        None,
        "flink-s3-fs-hadoop-2.2.0-cp2.jar",
        True,
        None,
        None,
        "JBC; CFK schema has no v2_2; no iceberg-flink-runtime-2.2 on Maven Central",
    ),
}
CFK_KUBERNETES = ("1.28", "1.36")
"""CFK notes: Kubernetes that Confluent for Kubernetes 3.3.0 supports."""
CERT_MANAGER_KUBERNETES = ("1.33", "1.36")
"""cert-manager: Kubernetes that 1.21 supports."""


def minor(version: str) -> str:
    """`2.1.1-cp1` -> `2.1`."""
    return ".".join(version.split(".")[:2])


def flink_line(version: str, where: str = "components/versions.py") -> FlinkLine:
    """The row of a Flink version, for example `2.1.1`.

    Raises PlatformError where no custom resource can name it, with the versions that it can.
    """
    line = FLINK_LINES.get(minor(version))
    if line is None or line.enum is None:
        raise problem(
            where,
            "FLINK",
            version,
            ", ".join(known for known, row in FLINK_LINES.items() if row.enum),
            "take the newest of these; the next one comes with a later Confluent for Kubernetes",
        )
    return line


def cmf_release(version: str) -> CmfRelease:
    """The row of a CMF version. Raises PlatformError where it has none."""
    if version not in CMF_RELEASES:
        raise problem(
            "components/compatibility.py", "CMF_RELEASES", version, ", ".join(CMF_RELEASES), "take one of these"
        )
    return CMF_RELEASES[version]


def incompatibilities(
    flink: "CmfFlink", kubernetes_version: str | None = None, flink_version: str = versions.FLINK
) -> list[Contradiction]:
    """What cannot run together, each with the pairing that does.

    flink:              settings of CMF
    kubernetes_version: of an EKS cluster that this stack makes; None: not known here
    flink_version:      of the applications; a parameter for tests
    """
    return [
        *_release(flink),
        *_flink(flink_version),
        *_sql(flink),
        *([] if kubernetes_version is None else _kubernetes(kubernetes_version)),
    ]


def _release(flink: "CmfFlink") -> Iterator[Contradiction]:
    release = CMF_RELEASES.get(flink.version)
    working = [version for version, row in CMF_RELEASES.items() if row.own_authority and row.environment]
    if release is None:
        yield Contradiction("flink.version", flink.version, f"write one of {', '.join(CMF_RELEASES)}")
        return
    if flink.authentication.kind != "none" and not release.environment:
        yield Contradiction(
            "flink.version",
            f"{flink.version} with flink.authentication.kind {flink.authentication.kind}; its chart takes passwords "
            "only as plain values",
            f"write {working[-1]}",
        )
    elif flink.authentication.kind != "none" and flink.authorization and not release.own_authority:
        yield Contradiction(
            "flink.version",
            f"{flink.version} with flink.authorization; it has no role bindings of its own, and MSK has no MDS",
            f"write {working[-1]}",
        )


def _flink(version: str) -> Iterator[Contradiction]:
    line = FLINK_LINES.get(minor(version))
    usable = [known for known, row in FLINK_LINES.items() if row.enum and row.iceberg and row.pod_identity]
    if line is None or line.enum is None:
        yield Contradiction(
            "flink.version",
            f"Flink {version}, which no custom resource of Confluent for Kubernetes can name",
            f"set FLINK in components/versions.py to one of {', '.join(usable)}",
        )
        return
    if line.iceberg is None or not _within(versions.ICEBERG, line.iceberg):
        spans = ", ".join(
            f"Flink {known} with Iceberg {row.iceberg[0]} to {row.iceberg[1]}"
            for known, row in FLINK_LINES.items()
            if row.enum and row.iceberg
        )
        yield Contradiction(
            "flink.version",
            f"Flink {version} with Iceberg {versions.ICEBERG}, for which there is no runtime",
            f"in components/versions.py take {spans}",
        )
    if not line.pod_identity:
        yield Contradiction(
            "flink.version",
            f"Flink {version}, whose S3 plugin does not know EKS Pod Identity",
            f"set FLINK in components/versions.py to one of {', '.join(usable)}",
        )


def _sql(flink: "CmfFlink") -> Iterator[Contradiction]:
    release = CMF_RELEASES.get(flink.version)
    if flink.sql is None or release is None:
        return
    build = int(versions.CP_FLINK_SQL_IMAGE.rpartition("-cp")[2])
    if build < release.sql_floor:
        yield Contradiction(
            "flink.sql",
            f"{versions.CP_FLINK_SQL_IMAGE} with CMF {flink.version}",
            f"set CP_FLINK_SQL_IMAGE in components/versions.py to 1.19-cp{release.sql_floor} or later",
        )


def _kubernetes(version: str) -> Iterator[Contradiction]:
    for name, span in (
        (f"Confluent for Kubernetes {versions.CFK}", CFK_KUBERNETES),
        (f"cert-manager {versions.CERT_MANAGER}", CERT_MANAGER_KUBERNETES),
    ):
        if not _within(version, span):
            yield Contradiction(
                "cluster.kubernetes_version", f"{version} with {name}", f"write a version from {span[0]} to {span[1]}"
            )


def _within(version: str, span: tuple[str, str]) -> bool:
    return _numbers(span[0]) <= _numbers(version) <= _numbers(span[1])


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
