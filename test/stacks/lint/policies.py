"""Reads policies as JSON lines of {"name": ..., "policy": ...} and prints what parliament finds, one JSON line each."""

import json
import sys

from parliament import analyze_policy_string

for line in sys.stdin:
    one = json.loads(line)
    analyzed = analyze_policy_string(one["policy"], include_community_auditors=True, ignore_private_auditors=True)
    for finding in analyzed.findings:
        print(json.dumps({"name": one["name"], "issue": finding.issue, "detail": str(finding.detail), "location": str(finding.location)}))
