"""The report as SARIF 2.1.0, which GitHub and editors show beside the code.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from operations.plan.stack_file import ROOT, STACKS
from operations.policy.analyze import MANDATORY, Finding
from operations.policy.report import Report
from policies.framework import Policy

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# GitHub's scale of `security-severity`: above 9.0 critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, below low.
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}

# Component in a resource's URN -> the setting that it is made from, the outermost that is known counts.
_SETTINGS = {
    component: setting
    for setting, components in {
        "network": "ExistingNetwork FlowLogs Network ServiceEndpoints ConfluentNetwork",
        "cluster": "EksCluster ExistingCluster",
        "tls_endpoint": "TlsEndpoint LoadBalancer PublicCertificate PrivateCertificate AccessLogBucket",
        "lakehouse": "Lakehouse AthenaReader LakeFormation SnowflakeReader TableMaintenance Tableflow",
        "postgres": "AuroraPostgres ExistingPostgres PostgresSetup RdsPostgres",
        "cdc": "Cdc ConfluentConnectorCdc ConfluentSourceTables KafkaConnectCdc MskConnectCdc",
        "kafka": "ConfluentCloud ExistingKafka MirroredTopics Msk MskServerless SchemaRegistry ScramUser TopicsJob"
        " ClientSecrets",
        "rotation": "RotatingApiKeys",
        "flink": "CmfFlink CmfCertificates ConfluentCloudFlink ConfluentManager FlinkOperators SessionCluster "
        "SharedFiles StateStore",
        "applications": "CmfApplication CmfSql ConfluentApplication ImageRepository SessionJob",
    }.items()
    for component in components.split()
}


def as_sarif(report: Report) -> str:
    """One run. Every finding is at the line of the stack file that its resource comes from, and names its URN."""
    indices = {policy.name: index for index, policy in enumerate(report.policies)}
    return json.dumps(
        {
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {
                            "name": "streamctl policy",
                            "semanticVersion": "0.1.0",
                            "rules": [_rule(policy) for policy in report.policies],
                        }
                    },
                    # Without it GitHub takes the results of several stacks for one another's.
                    "automationDetails": {"id": f"policy/{report.stack}/"},
                    "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the root of the repository"}}},
                    "columnKind": "unicodeCodePoints",
                    "results": [
                        _result(finding, indices[finding.policy.name], report.stack) for finding in report.findings
                    ],
                }
            ],
        },
        indent=2,
    )


def _rule(policy: Policy) -> dict[str, Any]:
    controls = f"\n\nControls: {', '.join(policy.controls)}" if policy.controls else ""
    return {
        "id": policy.name,
        "shortDescription": {"text": policy.reason},
        "fullDescription": {"text": policy.reason},
        "help": {
            "text": f"{policy.remedy}{controls}\n\n{policy.url}",
            "markdown": f"{policy.remedy}{controls}\n\n[More]({policy.url})",
        },
        "helpUri": policy.url,
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["security", policy.area, *policy.controls][:20],
            "security-severity": _SCORES[policy.severity],
            "precision": "very-high",
        },
    }


def _result(finding: Finding, index: int, stack: str) -> dict[str, Any]:
    path, line = place_of(finding.urn, stack)
    found = f"cannot be judged before `up`: {finding.found} is not known yet" if finding.unknown else finding.found
    level = "error" if finding.level == MANDATORY else "note" if finding.unknown else "warning"
    identity = f"{finding.policy.name}\n{finding.urn}\n{finding.found}"
    return {
        "ruleId": finding.policy.name,
        "ruleIndex": index,
        "level": level,
        "message": {"text": f"{finding.name} ({finding.type}): {found}. {finding.policy.remedy}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": path, "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": line},
                },
                "logicalLocations": [
                    {"name": finding.name, "fullyQualifiedName": finding.urn, "kind": "resource"},
                ],
            }
        ],
        "partialFingerprints": {"policyAndResource/v1": hashlib.sha256(identity.encode()).hexdigest()[:32]},
    }


def place_of(urn: str, stack: str) -> tuple[str, int]:
    """(file, line) to look at: the setting in the stack file that a resource comes from, else the file's first line.

    `__main__.py` where the stack has no file: its Plan came from elsewhere.
    """
    path = STACKS / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        return "__main__.py", 1
    shown = str(path.relative_to(ROOT))
    for type_ in urn.split("::")[2].split("$"):
        setting = _SETTINGS.get(type_.rpartition(":")[2])
        if type_.startswith("streaming-platform:") and setting:
            return shown, _line(path, setting)
    return shown, 1


def _line(path: Path, setting: str) -> int:
    key = re.compile(rf"\s+(streaming-platform:)?{setting}\s*:")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if key.match(line):
            return number
    return 1
