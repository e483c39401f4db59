"""Amazon MSK: moto's clusters are in creation for ever, and it knows no configurations of brokers."""

from kept import Fault, answers, identifier, keep_tags, now, tags_of

MISSING = "NotFoundException"
# What MSK says of a configuration that is gone; the provider waits for these words.
GONE = "BadRequestException"


@answers("kafka", "CreateConfiguration")
def create_configuration(call):
    arn = call.arn(f"configuration/{call['Name']}/{identifier()}")
    made = {
        **call.only("Name", "Description", "KafkaVersions", "ServerProperties"),
        "Arn": arn,
        "State": "ACTIVE",
        "CreationTime": now(),
        "LatestRevision": {"Revision": 1, "CreationTime": now(), "Description": call.get("Description", "")},
    }
    call.shelf("configuration")[arn] = made
    return made


@answers("kafka", "DescribeConfiguration")
def describe_configuration(call):
    if call["Arn"] not in call.shelf("configuration"):
        raise Fault(GONE, "Configuration ARN does not exist")
    return call.find("configuration", call["Arn"], MISSING)


@answers("kafka", "DescribeConfigurationRevision")
def describe_revision(call):
    return {**call.find("configuration", call["Arn"], MISSING), "Revision": call["Revision"]}


@answers("kafka", "DeleteConfiguration")
def delete_configuration(call):
    return {**call.take("configuration", call["Arn"], MISSING), "State": "DELETING"}


@answers("kafka", "CreateCluster")
def create_cluster(call):
    arn = call.arn(f"cluster/{call['ClusterName']}/{identifier()}-1")
    keep_tags(arn, call.get("Tags"))
    configuration = call.get("ConfigurationInfo", {})
    made = {
        "StorageMode": "LOCAL",
        **{name: value for name, value in call.params.items() if name not in ("Tags", "ConfigurationInfo", "KafkaVersion")},
        "ClusterArn": arn,
        "State": "ACTIVE",
        "CreationTime": now(),
        "CurrentVersion": "K1",
        "CurrentBrokerSoftwareInfo": {
            "KafkaVersion": call["KafkaVersion"],
            "ConfigurationArn": configuration.get("Arn"),
            "ConfigurationRevision": configuration.get("Revision"),
        },
        "ZookeeperConnectString": "",
        "ZookeeperConnectStringTls": "",
    }
    made["BrokerNodeGroupInfo"].setdefault("BrokerAZDistribution", "DEFAULT")
    made["BrokerNodeGroupInfo"].setdefault("ZoneIds", [])
    call.shelf("cluster")[arn] = made
    return made


def _cluster(call):
    found = call.find("cluster", call["ClusterArn"], MISSING)
    return {**found, "Tags": tags_of(found["ClusterArn"])}


@answers("kafka", "DescribeCluster")
def describe_cluster(call):
    return {"ClusterInfo": _cluster(call)}


@answers("kafka", "DescribeClusterV2")
def describe_cluster_v2(call):
    found = _cluster(call)
    return {"ClusterInfo": {**found, "ClusterType": "PROVISIONED", "Provisioned": found}}


@answers("kafka", "GetBootstrapBrokers")
def get_bootstrap_brokers(call):
    brokers = range(1, _cluster(call)["NumberOfBrokerNodes"] + 1)
    return {"BootstrapBrokerStringSaslIam": ",".join(f"b-{i}.reviews.kafka.{call.region}.amazonaws.com:9098" for i in brokers)}


@answers("kafka", "DeleteCluster")
def delete_cluster(call):
    return {**call.take("cluster", call["ClusterArn"], MISSING), "State": "DELETING"}
