"""Amazon Managed Service for Prometheus: moto knows no receivers and no scrapers, and forgets the key of a workspace."""

from kept import answers, identifier, keep_tags, now, tags_of

ACTIVE = {"statusCode": "ACTIVE"}


@answers("amp", "CreateWorkspace")
def create_workspace(call):
    own = identifier("ws-")
    arn = call.arn(f"workspace/{own}", "aps")
    keep_tags(arn, call.get("tags"))
    call.shelf("workspace")[own] = {
        **call.only("alias", "kmsKeyArn"),
        "workspaceId": own,
        "arn": arn,
        "status": ACTIVE,
        "createdAt": now(),
        "prometheusEndpoint": f"https://aps-workspaces.{call.region}.amazonaws.com/workspaces/{own}/",
    }
    return call.shelf("workspace")[own]


@answers("amp", "DescribeWorkspace")
def describe_workspace(call):
    found = call.find("workspace", call["workspaceId"])
    return {"workspace": {**found, "tags": tags_of(found["arn"])}}


@answers("amp", "DescribeLoggingConfiguration")
def describe_logging(call):
    return call.find("logging", call["workspaceId"])


@answers("amp", "DeleteWorkspace")
def delete_workspace(call):
    call.take("workspace", call["workspaceId"])


@answers("amp", "CreateRuleGroupsNamespace")
def create_rules(call):
    arn = call.arn(f"rulegroupsnamespace/{call['workspaceId']}/{call['name']}", "aps")
    keep_tags(arn, call.get("tags"))
    made = {**call.only("name", "data"), "arn": arn, "status": ACTIVE, "createdAt": now(), "modifiedAt": now()}
    call.shelf("rules")[call["workspaceId"], call["name"]] = made
    return made


@answers("amp", "DescribeRuleGroupsNamespace")
def describe_rules(call):
    found = call.find("rules", (call["workspaceId"], call["name"]))
    return {"ruleGroupsNamespace": {**found, "tags": tags_of(found["arn"])}}


@answers("amp", "DeleteRuleGroupsNamespace")
def delete_rules(call):
    call.take("rules", (call["workspaceId"], call["name"]))


@answers("amp", "CreateAlertManagerDefinition", "PutAlertManagerDefinition")
def create_receivers(call):
    status = {"statusCode": "ACTIVE", "statusReason": ""}
    made = {"data": call["data"], "status": status, "createdAt": now(), "modifiedAt": now()}
    call.shelf("receivers")[call["workspaceId"]] = made
    return {"status": status}


@answers("amp", "DescribeAlertManagerDefinition")
def describe_receivers(call):
    return {"alertManagerDefinition": call.find("receivers", call["workspaceId"])}


@answers("amp", "DeleteAlertManagerDefinition")
def delete_receivers(call):
    call.take("receivers", call["workspaceId"])


@answers("amp", "CreateScraper")
def create_scraper(call):
    own = identifier("s-")
    arn = call.arn(f"scraper/{own}", "aps")
    keep_tags(arn, call.get("tags"))
    made = {
        **call.only("alias", "scrapeConfiguration", "source", "destination", "roleConfiguration"),
        "scraperId": own,
        "arn": arn,
        "roleArn": f"{call.arn('role/scraper', 'iam')}",
        "status": {"statusCode": "ACTIVE"},
        "createdAt": now(),
        "lastModifiedAt": now(),
    }
    call.shelf("scraper")[own] = made
    return made


@answers("amp", "DescribeScraper")
def describe_scraper(call):
    found = call.find("scraper", call["scraperId"])
    return {"scraper": {**found, "tags": tags_of(found["arn"])}}


@answers("amp", "DeleteScraper")
def delete_scraper(call):
    return {"scraperId": call.take("scraper", call["scraperId"])["scraperId"], "status": {"statusCode": "DELETING"}}
