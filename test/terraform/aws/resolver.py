"""Route 53 Resolver DNS Firewall."""

from kept import ACCOUNT, answers, identifier, keep_tags

RESOLVER = "route53resolver"


def _new(call, kind, prefix, more):
    own = identifier(prefix)
    arn = call.arn(f"{kind}/{own}")
    keep_tags(arn, call.get("Tags"))
    made = {**call.only("Name", "CreatorRequestId"), "Id": own, "Arn": arn, "Status": "COMPLETE", **more}
    call.shelf(kind)[own] = made
    return made


@answers(RESOLVER, "CreateFirewallDomainList")
def create_domains(call):
    return {"FirewallDomainList": _new(call, "firewall-domain-list", "rslvr-fdl-", {"DomainCount": 0})}


@answers(RESOLVER, "UpdateFirewallDomains")
def update_domains(call):
    found = call.find("firewall-domain-list", call["FirewallDomainListId"])
    domains = call.shelf("domains")
    before = domains.get(found["Id"], [])
    # AWS writes every name with its final dot.
    names = [name if name.endswith(".") else f"{name}." for name in call["Domains"]]
    if call["Operation"] == "REPLACE":
        after = names
    elif call["Operation"] == "ADD":
        after = [*before, *(name for name in names if name not in before)]
    else:
        after = [name for name in before if name not in names]
    domains[found["Id"]] = after
    found["DomainCount"] = len(after)
    return found


@answers(RESOLVER, "GetFirewallDomainList")
def get_domain_list(call):
    return {"FirewallDomainList": call.find("firewall-domain-list", call["FirewallDomainListId"])}


@answers(RESOLVER, "ListFirewallDomains")
def list_domains(call):
    call.find("firewall-domain-list", call["FirewallDomainListId"])
    return {"Domains": call.shelf("domains").get(call["FirewallDomainListId"], [])}


@answers(RESOLVER, "DeleteFirewallDomainList")
def delete_domain_list(call):
    return {"FirewallDomainList": call.take("firewall-domain-list", call["FirewallDomainListId"])}


@answers(RESOLVER, "CreateFirewallRuleGroup")
def create_group(call):
    more = {"RuleCount": 0, "OwnerId": ACCOUNT, "ShareStatus": "NOT_SHARED"}
    return {"FirewallRuleGroup": _new(call, "firewall-rule-group", "rslvr-frg-", more)}


@answers(RESOLVER, "GetFirewallRuleGroup")
def get_group(call):
    return {"FirewallRuleGroup": call.find("firewall-rule-group", call["FirewallRuleGroupId"])}


@answers(RESOLVER, "DeleteFirewallRuleGroup")
def delete_group(call):
    return {"FirewallRuleGroup": call.take("firewall-rule-group", call["FirewallRuleGroupId"])}


@answers(RESOLVER, "CreateFirewallRule")
def create_rule(call):
    call.find("firewall-rule-group", call["FirewallRuleGroupId"])
    call.find("firewall-domain-list", call["FirewallDomainListId"])
    rule = {"FirewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN", **call.params}
    call.shelf("rule")[rule["FirewallRuleGroupId"], rule["FirewallDomainListId"]] = rule
    return {"FirewallRule": rule}


@answers(RESOLVER, "ListFirewallRules")
def list_rules(call):
    call.find("firewall-rule-group", call["FirewallRuleGroupId"])
    return {"FirewallRules": [rule for key, rule in call.shelf("rule").items() if key[0] == call["FirewallRuleGroupId"]]}


@answers(RESOLVER, "DeleteFirewallRule")
def delete_rule(call):
    return {"FirewallRule": call.take("rule", (call["FirewallRuleGroupId"], call["FirewallDomainListId"]))}


@answers(RESOLVER, "AssociateFirewallRuleGroup")
def associate(call):
    call.find("firewall-rule-group", call["FirewallRuleGroupId"])
    more = {"MutationProtection": "DISABLED", **call.only("FirewallRuleGroupId", "VpcId", "Priority", "MutationProtection")}
    return {
        "FirewallRuleGroupAssociation": _new(call, "firewall-rule-group-association", "rslvr-frgassoc-", more)
    }


@answers(RESOLVER, "UpdateFirewallRuleGroupAssociation")
def update_association(call):
    found = call.find("firewall-rule-group-association", call["FirewallRuleGroupAssociationId"])
    found.update(call.only("Priority", "MutationProtection", "Name"))
    return {"FirewallRuleGroupAssociation": found}


@answers(RESOLVER, "GetFirewallRuleGroupAssociation")
def get_association(call):
    found = call.find("firewall-rule-group-association", call["FirewallRuleGroupAssociationId"])
    return {"FirewallRuleGroupAssociation": found}


@answers(RESOLVER, "DisassociateFirewallRuleGroup")
def disassociate(call):
    gone = call.take("firewall-rule-group-association", call["FirewallRuleGroupAssociationId"])
    return {"FirewallRuleGroupAssociation": gone}


def _config(call, vpc):
    unset = {"Id": identifier("rslvr-fc-"), "ResourceId": vpc, "OwnerId": ACCOUNT, "FirewallFailOpen": "DISABLED"}
    return call.shelf("config").setdefault(vpc, unset)


@answers(RESOLVER, "UpdateFirewallConfig")
def update_config(call):
    found = _config(call, call["ResourceId"])
    found["FirewallFailOpen"] = call["FirewallFailOpen"]
    return {"FirewallConfig": found}


@answers(RESOLVER, "GetFirewallConfig")
def get_config(call):
    return {"FirewallConfig": _config(call, call["ResourceId"])}


@answers(RESOLVER, "ListFirewallConfigs")
def list_configs(call):
    return {"FirewallConfigs": list(call.shelf("config").values())}
