"""EKS: moto's clusters and node groups forget most of what they were given, and it knows no add-ons and no identities."""

from kept import answers, identifier, keep_tags, now, tags_of

PLATFORM = {"status": "ACTIVE", "platformVersion": "eks.1"}


def _update(call, kind):
    return {"update": {"id": identifier(), "status": "Successful", "type": kind, "createdAt": now()}}


@answers("eks", "CreateCluster")
def create_cluster(call):
    name = call["name"]
    arn = call.arn(f"cluster/{name}")
    keep_tags(arn, call.get("tags"))
    own = identifier().upper()
    network = {"ipFamily": "ipv4", "elasticLoadBalancing": {"enabled": False}, **call.get("kubernetesNetworkConfig", {})}
    vpc = {
        "securityGroupIds": [],
        "endpointPublicAccess": True,
        "endpointPrivateAccess": False,
        "publicAccessCidrs": ["0.0.0.0/0"],
        **call["resourcesVpcConfig"],
        "clusterSecurityGroupId": identifier("sg-"),
        "vpcId": "vpc-of-cluster",
    }
    host = f"{call.region}.eks.amazonaws.com"
    call.shelf("cluster")[name] = {
        **call.only("name", "version", "roleArn", "logging", "encryptionConfig", "upgradePolicy", "zonalShiftConfig"),
        **call.only("deletionProtection"),
        **PLATFORM,
        "arn": arn,
        "accessConfig": {"authenticationMode": call["accessConfig"]["authenticationMode"]},
        "certificateAuthority": {"data": "Y2VydGlmaWNhdGU="},
        "createdAt": now(),
        "endpoint": f"https://{own}.gr7.{host}",
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{call.region}.amazonaws.com/id/{own}"}},
        "kubernetesNetworkConfig": network,
        "resourcesVpcConfig": vpc,
    }
    return describe_cluster(call)


@answers("eks", "DescribeCluster")
def describe_cluster(call):
    found = call.find("cluster", call["name"])
    return {"cluster": {**found, "tags": tags_of(found["arn"])}}


@answers("eks", "UpdateClusterConfig")
def update_cluster(call):
    changed = call.only("logging", "upgradePolicy", "zonalShiftConfig", "deletionProtection")
    call.find("cluster", call["name"]).update(changed)
    return _update(call, "LoggingUpdate")


@answers("eks", "DescribeUpdate")
def describe_update(call):
    return _update(call, "LoggingUpdate")


@answers("eks", "DeleteCluster")
def delete_cluster(call):
    return {"cluster": call.take("cluster", call["name"])}


@answers("eks", "CreateNodegroup")
def create_node_group(call):
    cluster, name = call["clusterName"], call["nodegroupName"]
    call.find("cluster", cluster)
    arn = call.arn(f"nodegroup/{cluster}/{name}/{identifier()}")
    keep_tags(arn, call.get("tags"))
    template = dict(call["launchTemplate"])
    template.setdefault("name", f"{cluster}-{name}")
    call.shelf("node group")[cluster, name] = {
        "releaseVersion": "1.0.0",
        **{key: value for key, value in call.params.items() if key not in ("tags", "clientRequestToken")},
        "launchTemplate": template,
        "nodegroupArn": arn,
        "status": "ACTIVE",
        "createdAt": now(),
        "modifiedAt": now(),
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}-{identifier()}"}]},
    }
    return describe_node_group(call)


@answers("eks", "DescribeNodegroup")
def describe_node_group(call):
    found = call.find("node group", (call["clusterName"], call["nodegroupName"]))
    return {"nodegroup": {**found, "tags": tags_of(found["nodegroupArn"])}}


@answers("eks", "DeleteNodegroup")
def delete_node_group(call):
    return {"nodegroup": call.take("node group", (call["clusterName"], call["nodegroupName"]))}


@answers("eks", "CreateAddon")
def create_addon(call):
    key = call["clusterName"], call["addonName"]
    arn = call.arn(f"addon/{key[0]}/{key[1]}/{identifier()}")
    keep_tags(arn, call.get("tags"))
    addon = {
        "addonVersion": "v1.0.0-eksbuild.1",
        **call.only("clusterName", "addonName", "addonVersion", "configurationValues", "serviceAccountRoleArn"),
        "addonArn": arn,
        "status": "ACTIVE",
        "createdAt": now(),
        "modifiedAt": now(),
    }
    identities = call.get("podIdentityAssociations")
    if identities:
        addon["podIdentityAssociations"] = [_associate(call, key[0], one)["associationArn"] for one in identities]
    call.shelf("addon")[key] = addon
    return _addon(addon)


def _addon(addon):
    return {"addon": {**addon, "tags": tags_of(addon["addonArn"])}}


@answers("eks", "DescribeAddon")
def describe_addon(call):
    return _addon(call.find("addon", (call["clusterName"], call["addonName"])))


@answers("eks", "DeleteAddon")
def delete_addon(call):
    return _addon(call.take("addon", (call["clusterName"], call["addonName"])))


@answers("eks", "CreatePodIdentityAssociation")
def create_association(call):
    return {"association": _associate(call, call["clusterName"], call.params)}


def _associate(call, cluster, params):
    own = identifier("a-")
    arn = call.arn(f"podidentityassociation/{cluster}/{own}")
    keep_tags(arn, params.get("tags"))
    made = {
        **{name: params[name] for name in ("namespace", "serviceAccount", "roleArn", "targetRoleArn") if name in params},
        "namespace": params.get("namespace", "kube-system"),
        "disableSessionTags": params.get("disableSessionTags", False),
        "clusterName": cluster,
        "associationId": own,
        "associationArn": arn,
        "createdAt": now(),
        "modifiedAt": now(),
    }
    call.shelf("association")[cluster, own] = made
    return made


@answers("eks", "DescribePodIdentityAssociation")
def describe_association(call):
    found = call.find("association", (call["clusterName"], call["associationId"]))
    return {"association": {**found, "tags": tags_of(found["associationArn"])}}


@answers("eks", "DeletePodIdentityAssociation")
def delete_association(call):
    return {"association": call.take("association", (call["clusterName"], call["associationId"]))}
