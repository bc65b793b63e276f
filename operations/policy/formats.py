"""The report for machines: JSON, and JUnit's XML."""

import json
import re
from typing import Any
from xml.etree import ElementTree

from operations.policy.analyze import MANDATORY, Finding
from operations.policy.report import Report

# What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets).
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(report: Report) -> str:
    """{"stack", "environment", "summary", "counts", "disabled": [name], "findings": [{"policy", "severity", ...}]}."""
    content: dict[str, Any] = {
        "stack": report.stack,
        "environment": report.environment,
        "summary": report.summary(),
        "counts": {
            "violations": len(report.violations),
            "advisory": len(report.advisory),
            "unknown": len(report.unknown),
            "remediable": len(report.remediable),
            "remediated": len(report.remediated),
            "policies": len(report.policies),
            "resources": report.resources,
        },
        "disabled": list(report.disabled),
        "findings": [_plain(finding) for finding in report.findings],
    }
    return json.dumps(content, indent=2)


def _plain(finding: Finding) -> dict[str, Any]:
    policy = finding.policy
    return {
        "policy": policy.name,
        "severity": policy.severity,
        "level": finding.level,
        "unknown": finding.unknown,
        "remediable": finding.remediable,
        "urn": finding.urn,
        "type": finding.type,
        "resource": finding.name,
        "found": finding.found,
        "remedy": policy.remedy,
        "reason": policy.reason,
        "controls": list(policy.controls),
        "link": policy.url,
    }


def as_junit(report: Report) -> str:
    """One test case per policy: failed where it is violated, skipped where it could judge nothing that it speaks of.

    The layout that CI systems read: https://github.com/testmoapp/junitxml
    """
    violated = {finding.policy.name for finding in report.violations}
    unknown = {finding.policy.name for finding in report.unknown} - violated
    numbers = {
        "tests": str(len(report.policies)),
        "failures": str(len(violated)),
        "errors": "0",
        "skipped": str(len(unknown)),
    }
    root = ElementTree.Element("testsuites", {"name": "policies", **numbers})
    suite = ElementTree.SubElement(root, "testsuite", {"name": f"policies of stack {report.stack}", **numbers})
    for policy in report.policies:
        case = ElementTree.SubElement(suite, "testcase", {"classname": f"policies.{policy.area}", "name": policy.name})
        findings = [finding for finding in report.findings if finding.policy.name == policy.name]
        if policy.name in violated:
            said = [finding for finding in findings if finding.level == MANDATORY]
            message = said[0].found if len(said) == 1 else f"{len(said)} violations"
            failure = ElementTree.SubElement(case, "failure", {"type": policy.severity, "message": _clean(message)})
            failure.text = _clean(_lines(said) + f"\nremedy: {policy.remedy}\nreason: {policy.reason}\n{policy.url}")
        elif policy.name in unknown:
            said = [finding for finding in findings if finding.unknown]
            ElementTree.SubElement(case, "skipped", {"message": _clean("not known before `up`: " + _lines(said, "; "))})
        others = [finding for finding in findings if finding.level != MANDATORY and not finding.unknown]
        if others:
            ElementTree.SubElement(case, "system-out").text = _clean(_lines(others))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _lines(findings: list[Finding], between: str = "\n") -> str:
    return between.join(f"{finding.name} ({finding.type}): {finding.found}" for finding in findings)


def _clean(text: str) -> str:
    return _NO_XML.sub("?", text)
