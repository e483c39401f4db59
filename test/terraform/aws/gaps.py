"""What moto takes and forgets, or returns otherwise than AWS."""

import xmltodict
from kept import ACCOUNT, answers
from moto.backup import backup_backends
from moto.ec2.models.launch_templates import LaunchTemplateBackend
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.kms import kms_backends
from moto.s3 import s3_backends
from moto.s3.responses import S3Response

# ---- KMS: how often a key is replaced


@answers("kms", "EnableKeyRotation")
def enable_rotation(call):
    kms_backends[ACCOUNT][call.region].enable_key_rotation(call["KeyId"])
    call.shelf("rotation")[call["KeyId"]] = call.get("RotationPeriodInDays", 365)


@answers("kms", "GetKeyRotationStatus")
def rotation_status(call):
    enabled = kms_backends[ACCOUNT][call.region].get_key_rotation_status(call["KeyId"])
    period = {"RotationPeriodInDays": call.shelf("rotation").get(call["KeyId"], 365)} if enabled else {}
    return {"KeyId": call["KeyId"], "KeyRotationEnabled": enabled, **period}


# ---- Tags of what moto keeps, where it does not read the ARN out of the address


@answers("backup", "ListTags")
def backup_tags(call):
    return {"Tags": backup_backends[ACCOUNT][call.region].list_tags(call["ResourceArn"])}


@answers("s3control", "ListTagsForResource")
def bucket_tags(call):
    bucket = call["ResourceArn"].rsplit(":", 1)[-1]
    return {"Tags": s3_backends[ACCOUNT]["aws"].get_bucket_tagging(bucket)["Tags"]}


@answers("s3control", "TagResource")
def tag_bucket(call):
    bucket = call["ResourceArn"].rsplit(":", 1)[-1]
    before = {one["Key"]: one["Value"] for one in s3_backends[ACCOUNT]["aws"].get_bucket_tagging(bucket)["Tags"]}
    added = {one["Key"]: one["Value"] for one in call["Tags"]}
    s3_backends[ACCOUNT]["aws"].put_bucket_tagging(bucket, {**before, **added})


_put_bucket = S3Response._bucket_response_put


def put_bucket(response, request, bucket, querystring):
    """With the tags that a new bucket is asked for with, which moto leaves out."""
    made = _put_bucket(response, request, bucket, querystring)
    if querystring or not response.body:
        return made
    asked = xmltodict.parse(response.body, force_list=("Tag",)).get("CreateBucketConfiguration") or {}
    tags = {one["Key"]: one["Value"] for one in (asked.get("Tags") or {}).get("Tag", [])}
    if tags:
        s3_backends[ACCOUNT]["aws"].put_bucket_tagging(bucket, tags)
    return made


S3Response._bucket_response_put = put_bucket


# ---- EC2: moto takes the tags of a launch template for tags of what is launched from it

_create_template = LaunchTemplateBackend.create_launch_template


def create_template(backend, name, description, data, tags):
    data["TagSpecifications"] = [
        one for one in data.get("TagSpecifications", []) if one["ResourceType"] != "launch-template"
    ]
    return _create_template(backend, name, description, data, tags)


LaunchTemplateBackend.create_launch_template = create_template


# ---- Policies: moto reads no conditions, and would refuse everybody what is refused over plain HTTP alone

_judge = IAMPolicyStatement.is_action_permitted


def judge(statement, *asked):
    refuses = statement._statement.get("Effect") == "Deny" and statement._statement.get("Condition")
    return PermissionResult.NEUTRAL if refuses else _judge(statement, *asked)


IAMPolicyStatement.is_action_permitted = judge
