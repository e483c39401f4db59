"""AWS Network Firewall. Every state is the one that a resource reaches in the end."""

from kept import ACCOUNT, answers, as_list, identifier, keep_tags, tags_of
from moto.ec2 import ec2_backends

NF = "network-firewall"


def _named(call, name):
    """A resource by its name, or by its ARN, whose end is its name."""
    arn = call.get(f"{name}Arn") or call.get("ResourceArn")
    return call.get(f"{name}Name") or arn.rsplit("/", 1)[-1]


@answers(NF, "CreateRuleGroup")
def create_rule_group(call):
    name = call["RuleGroupName"]
    arn = call.arn(f"{call['Type'].lower()}-rulegroup/{name}")
    keep_tags(arn, call.get("Tags"))
    group = call.shelf("rule group")[name] = {
        "rules": call.get("RuleGroup", {}),
        "response": {
            **call.only("RuleGroupName", "Type", "Capacity", "Description"),
            "RuleGroupArn": arn,
            "RuleGroupId": identifier(),
            "RuleGroupStatus": "ACTIVE",
            "EncryptionConfiguration": {"Type": "AWS_OWNED_KMS_KEY", "KeyId": "AWS_OWNED_KMS_KEY"},
        },
    }
    return _rule_group(group)


def _rule_group(group):
    response = {**group["response"], "Tags": as_list(tags_of(group["response"]["RuleGroupArn"]))}
    return {"UpdateToken": "1", "RuleGroup": group["rules"], "RuleGroupResponse": response}


@answers(NF, "DescribeRuleGroup")
def describe_rule_group(call):
    return _rule_group(call.find("rule group", _named(call, "RuleGroup")))


@answers(NF, "UpdateRuleGroup")
def update_rule_group(call):
    group = call.find("rule group", _named(call, "RuleGroup"))
    group["rules"] = call["RuleGroup"]
    return _rule_group(group)


@answers(NF, "DeleteRuleGroup")
def delete_rule_group(call):
    return _rule_group(call.take("rule group", _named(call, "RuleGroup")))


@answers(NF, "CreateFirewallPolicy")
def create_policy(call):
    name = call["FirewallPolicyName"]
    arn = call.arn(f"firewall-policy/{name}")
    keep_tags(arn, call.get("Tags"))
    policy = call.shelf("firewall policy")[name] = {
        "policy": call["FirewallPolicy"],
        "response": {
            **call.only("FirewallPolicyName", "Description"),
            "FirewallPolicyArn": arn,
            "FirewallPolicyId": identifier(),
            "FirewallPolicyStatus": "ACTIVE",
            "EncryptionConfiguration": {"Type": "AWS_OWNED_KMS_KEY", "KeyId": "AWS_OWNED_KMS_KEY"},
        },
    }
    return _policy(policy)


def _policy(policy):
    response = {**policy["response"], "Tags": as_list(tags_of(policy["response"]["FirewallPolicyArn"]))}
    return {"UpdateToken": "1", "FirewallPolicy": policy["policy"], "FirewallPolicyResponse": response}


@answers(NF, "DescribeFirewallPolicy")
def describe_policy(call):
    return _policy(call.find("firewall policy", _named(call, "FirewallPolicy")))


@answers(NF, "UpdateFirewallPolicy")
def update_policy(call):
    policy = call.find("firewall policy", _named(call, "FirewallPolicy"))
    policy["policy"] = call["FirewallPolicy"]
    return _policy(policy)


@answers(NF, "DeleteFirewallPolicy")
def delete_policy(call):
    return _policy(call.take("firewall policy", _named(call, "FirewallPolicy")))


@answers(NF, "CreateFirewall")
def create_firewall(call):
    name = call["FirewallName"]
    arn = call.arn(f"firewall/{name}")
    keep_tags(arn, call.get("Tags"))
    firewall = call.shelf("firewall")[name] = {
        "firewall": {
            "DeleteProtection": False,
            "SubnetChangeProtection": False,
            "FirewallPolicyChangeProtection": False,
            "EncryptionConfiguration": {"Type": "AWS_OWNED_KMS_KEY", "KeyId": "AWS_OWNED_KMS_KEY"},
            **{key: value for key, value in call.params.items() if key != "Tags"},
            "FirewallArn": arn,
            "FirewallId": identifier(),
        },
        "endpoints": {one["SubnetId"]: _endpoint(call, one["SubnetId"]) for one in call["SubnetMappings"]},
        "logging": {"LogDestinationConfigs": []},
    }
    return _firewall(firewall)


def _endpoint(call, subnet):
    """Routes lead to it, so moto must know it."""
    network = ec2_backends[ACCOUNT][call.region]
    service = f"com.amazonaws.vpce.{call.region}.{identifier('vpce-svc-')}"
    return network.create_vpc_endpoint(call["VpcId"], service, "GatewayLoadBalancer", None, [], [subnet]).id


def _firewall(firewall):
    # Zones are the keys of the real answer; the stacks look for a subnet, so any distinct ones do.
    sync = {
        f"zone-{i}": {"Attachment": {"SubnetId": subnet, "EndpointId": endpoint, "Status": "READY"}}
        for i, (subnet, endpoint) in enumerate(firewall["endpoints"].items())
    }
    described = {**firewall["firewall"], "Tags": as_list(tags_of(firewall["firewall"]["FirewallArn"]))}
    status = {"Status": "READY", "ConfigurationSyncStateSummary": "IN_SYNC", "SyncStates": sync}
    return {"UpdateToken": "1", "Firewall": described, "FirewallStatus": status}


@answers(NF, "DescribeFirewall")
def describe_firewall(call):
    return _firewall(call.find("firewall", _named(call, "Firewall")))


@answers(NF, "DeleteFirewall")
def delete_firewall(call):
    gone = call.take("firewall", _named(call, "Firewall"))
    ec2_backends[ACCOUNT][call.region].delete_vpc_endpoints(list(gone["endpoints"].values()))
    return _firewall(gone)


@answers(NF, "UpdateLoggingConfiguration")
def update_logging(call):
    firewall = call.find("firewall", _named(call, "Firewall"))
    firewall["logging"] = call.get("LoggingConfiguration", {"LogDestinationConfigs": []})
    return {"FirewallArn": firewall["firewall"]["FirewallArn"], "LoggingConfiguration": firewall["logging"]}


@answers(NF, "DescribeLoggingConfiguration")
def describe_logging(call):
    firewall = call.find("firewall", _named(call, "Firewall"))
    return {"FirewallArn": firewall["firewall"]["FirewallArn"], "LoggingConfiguration": firewall["logging"]}
