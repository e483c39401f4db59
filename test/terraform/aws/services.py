"""Parts of services that moto knows in part."""

from kept import answers, identifier, keep_tags, now, tags_of

# ---- AWS Backup: what a plan is about


@answers("backup", "CreateBackupSelection")
def create_selection(call):
    made = {
        **call.only("BackupPlanId", "BackupSelection", "CreatorRequestId"),
        "SelectionId": identifier(),
        "CreationDate": now(),
    }
    call.shelf("selection")[call["BackupPlanId"], made["SelectionId"]] = made
    return made


@answers("backup", "GetBackupSelection")
def get_selection(call):
    return call.find("selection", (call["BackupPlanId"], call["SelectionId"]))


@answers("backup", "DeleteBackupSelection")
def delete_selection(call):
    call.take("selection", (call["BackupPlanId"], call["SelectionId"]))


# ---- CloudWatch: alarms, over a protocol that moto does not speak


@answers("cloudwatch", "PutMetricAlarm")
def put_alarm(call):
    arn = call.arn(f"alarm:{call['AlarmName']}")
    if "Tags" in call.params or tags_of(arn) is None:
        keep_tags(arn, call.get("Tags"))
    settings = {name: value for name, value in call.params.items() if name != "Tags"}
    call.shelf("alarm")[call["AlarmName"]] = {
        "ActionsEnabled": True,
        **settings,
        "AlarmArn": arn,
        "StateValue": "OK",
    }


@answers("cloudwatch", "DescribeAlarms")
def describe_alarms(call):
    alarms = call.shelf("alarm")
    names = call.get("AlarmNames")
    return {"MetricAlarms": [one for name, one in alarms.items() if names is None or name in names]}


@answers("cloudwatch", "DeleteAlarms")
def delete_alarms(call):
    for name in call["AlarmNames"]:
        call.shelf("alarm").pop(name, None)
