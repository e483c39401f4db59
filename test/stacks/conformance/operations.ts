// D, O and Z: what a deployment's names, its observability and its bill promise.
import { distinct, including, matching, ref } from './expectation.ts';
import { exception, kept, keptBut, need, type Promised } from './promise.ts';

const TOPIC = [ref('aws_sns_topic.alarms.arn')];
const AZURE_TAGS = { 'headrace-deployment': 'reviews', 'headrace-region': 'eu' };
const ALERTS = 'azurerm_monitor_alert_prometheus_rule_group';
const GROUP = ref('azurerm_monitor_action_group.alarms.id');
const silence = matching(/^absent\(flink_jobmanager_numRunningJobs/);
const checkpoints = matching(/^increase\(flink_jobmanager_job_numberOfFailedCheckpoints/);

const AWS_REGIONS = ['us', 'west', 'asia'];
const GCP_REGIONS = ['asia', 'tokyo', 'us'];
/** A region's weight in a sum of them. */
const open = (region: string) => `var.enabled_${region} ? var.weight_${region} : 0`;

export const OPERATIONS: readonly Promised[] = [
  {
    id: 'D1',
    sentence: 'leaves its traffic to the next region when its health check fails',
    aws: kept(
      need('global:aws_route53_health_check', 3, { type: 'HTTPS', failure_threshold: 3, request_interval: 10 }),
      need(
        'global:aws_route53_record',
        'agents-0-primary',
        {
          'failover_routing_policy.type': 'PRIMARY',
          health_check_id: ref('aws_route53_health_check.health-us.id'),
          set_identifier: 'primary',
        },
        'other steps of the chain',
      ),
      need(
        'global:aws_route53_record',
        'agents-0-secondary',
        { 'failover_routing_policy.type': 'SECONDARY', records: ['failover-1.reviews.example.com'] },
        'other steps of the chain',
      ),
      need(
        'global:aws_route53_record',
        'agents-1-primary',
        { health_check_id: ref('aws_route53_health_check.health-west.id') },
        'other steps of the chain',
      ),
    ),
    azure: kept(
      need('global:azurerm_traffic_manager_profile', 'profile', {
        traffic_routing_method: 'Priority',
        'monitor_config.protocol': 'HTTPS',
        'monitor_config.interval_in_seconds': 10,
        'monitor_config.tolerated_number_of_failures': 3,
      }),
      ...['eu', 'north', 'asia'].map((region, i) =>
        need('global:azurerm_traffic_manager_external_endpoint', `endpoint-${region}`, { priority: i + 1 }),
      ),
    ),
    gcp: keptBut(
      'by weights that a failover sets: Cloud DNS fails over by itself only to addresses that its checkers reach over the Internet, and load balancers of agents are private',
      need(
        'global:google_dns_record_set',
        'agents',
        {
          'routing_policy.wrr': distinct(3),
          'routing_policy.wrr.0.weight': ref(
            `(var.enabled_asia && (signum(sum([${GCP_REGIONS.map(open).join(', ')}])) < 1)) ? 1 : ${open('asia')}`,
          ),
        },
        'the regions’ own names',
      ),
    ),
  },
  {
    id: 'D2',
    sentence: 'fails over quickly and can be drained by hand',
    aws: kept(
      need(
        'global:aws_route53_record',
        ['agents-0-primary', 'agents-0-secondary', 'agents-1-primary', 'agents-1-secondary'],
        { ttl: 30 },
        'the regions’ own names follow',
      ),
      ...AWS_REGIONS.flatMap((region) => [
        need('global:aws_route53_health_check', `health-${region}`, {
          invert_healthcheck: ref(`!var.enabled_${region}`),
          disabled: ref(
            `(!var.enabled_${region} || !anytrue([${AWS_REGIONS.filter((other) => other !== region)
              .map((other) => `var.enabled_${other}`)
              .join(', ')}]))`,
          ),
        }),
        need('global:variable', `enabled_${region}`, { default: true }, 'other variables'),
      ]),
    ),
    azure: kept(
      need('global:azurerm_traffic_manager_profile', 'profile', { 'dns_config.ttl': 30 }),
      ...['eu', 'north', 'asia'].flatMap((region) => [
        need('global:azurerm_traffic_manager_external_endpoint', `endpoint-${region}`, {
          enabled: ref(`var.enabled_${region}`),
        }),
        need('global:variable', `enabled_${region}`, { default: true }, 'other variables'),
      ]),
    ),
    gcp: kept(
      need('global:google_dns_record_set', 4, { ttl: 30 }),
      need('global:variable', 'enabled_asia', { default: true }, 'other variables'),
      need('global:variable', 'enabled_tokyo', { default: true }, 'other variables'),
      need('global:variable', 'weight_asia', { default: 1 }, 'other variables'),
      need('global:variable', 'weight_tokyo', { default: 0 }, 'other variables'),
    ),
  },
  {
    id: 'D3',
    sentence: 'answers for its zone with signatures',
    aws: kept(
      need('global:aws_route53_hosted_zone_dnssec', 'zone-dnssec', { signing_status: 'SIGNING' }),
      need('global:aws_route53_key_signing_key', 'zone-signing-key', {
        key_management_service_arn: ref('aws_kms_key.zone-key.arn'),
      }),
      need('global:aws_kms_key', 'zone-key', { customer_master_key_spec: 'ECC_NIST_P256', key_usage: 'SIGN_VERIFY' }),
    ),
    azure: exception(
      'azurerm has no attribute for it on public zones: let another cloud be dns.authority where it matters',
    ),
    gcp: kept(need('global:google_dns_managed_zone', 'zone', { 'dnssec_config.state': 'on' })),
  },
  {
    id: 'O1',
    sentence: 'keeps logs as long as the file says, encrypted, without a login by key',
    aws: kept(
      need('aws_cloudwatch_log_group', 4, {
        retention_in_days: 90,
        kms_key_id: ref('aws_kms_key.key-logs.arn'),
        deletion_protection_enabled: true,
      }),
    ),
    azure: keptBut(
      'under Azure’s own key: a workspace takes another only in a dedicated cluster of 100 GB a day',
      need('azurerm_log_analytics_workspace', 'logs', { retention_in_days: 90, local_authentication_enabled: false }),
    ),
    gcp: kept(
      need('google_logging_project_bucket_config', 'logs', {
        retention_days: 90,
        'cmek_settings.kms_key_name': ref('google_kms_crypto_key.key-logs.id'),
      }),
      need('google_logging_project_sink', 'logs-sink', {
        destination: `logging.googleapis.com/${ref('google_logging_project_bucket_config.logs.id')}`,
      }),
    ),
  },
  {
    id: 'O2',
    sentence: 'pages somebody about silence, failed checkpoints and, where the cloud copies, its lag',
    aws: kept(
      need('aws_cloudwatch_metric_alarm', 7, { alarm_actions: TOPIC }),
      need(
        'aws_cloudwatch_metric_alarm',
        ['alarm-copy-lag-west', 'alarm-kafka-offline'],
        { treat_missing_data: 'breaching' },
        'silence of the others means that nothing happened',
      ),
      need('aws_prometheus_scraper', 'metrics-scraper', {
        'source.eks.cluster_arn': ref('aws_eks_cluster.cluster.arn'),
        'destination.amp.workspace_arn': ref('aws_prometheus_workspace.metrics.arn'),
      }),
      need('aws_prometheus_rule_group_namespace', 'metrics-rules', {
        'data.#.groups.rules.0.expr': silence,
        'data.#.groups.rules.1.expr': checkpoints,
        workspace_id: ref('aws_prometheus_workspace.metrics.id'),
      }),
      need('aws_prometheus_alert_manager_definition', 'metrics-receivers', {
        'definition.#.alertmanager_config.#.receivers.sns_configs.topic_arn': ref('aws_sns_topic.alarms.arn'),
        'definition.#.alertmanager_config.#.route.receiver': 'topic',
      }),
      ...['state', 'audit'].map((id) =>
        need('aws_s3_bucket_notification', `${id}-deletions`, {
          bucket: ref(`aws_s3_bucket.${id}.id`),
          'topic.0.topic_arn': TOPIC[0],
          'topic.0.events': ['s3:ObjectRemoved:Delete'],
        }),
      ),
      need('aws_sns_topic_subscription', 'alarms-to-0', {
        endpoint: 'oncall@example.com',
        topic_arn: ref('aws_sns_topic.alarms.arn'),
      }),
    ),
    azure: keptBut(
      'not about the lag of Azure’s own copy, which has no metric',
      need('azurerm_kubernetes_cluster', 'cluster', { monitor_metrics: {} }),
      need(ALERTS, 'job-alerts', {
        'rule.0.expression': silence,
        'rule.0.action.action_group_id': GROUP,
        'rule.1.expression': checkpoints,
        'rule.1.action.action_group_id': GROUP,
        rule_group_enabled: true,
      }),
      need('azurerm_monitor_metric_alert', 4, { 'action.action_group_id': GROUP }),
      need(
        'azurerm_monitor_metric_alert',
        ['alert-state', 'alert-vault'],
        { 'criteria.metric_name': 'Availability' },
        'the firewall’s are other metrics',
      ),
      need('azurerm_monitor_action_group', 'alarms', { 'email_receiver.email_address': 'oncall@example.com' }),
    ),
    gcp: keptBut(
      'not about the lag of a bucket in two regions, whose metric counts only for a whole continent',
      need('google_container_cluster', 'cluster', { 'monitoring_config.managed_prometheus.enabled': true }),
      need('google_monitoring_alert_policy', 'alert-silence', {
        'conditions.condition_prometheus_query_language.query': silence,
      }),
      need('google_monitoring_alert_policy', 'alert-checkpoints', {
        'conditions.condition_prometheus_query_language.query': checkpoints,
      }),
      need('google_monitoring_alert_policy', 2, {
        notification_channels: [ref('google_monitoring_notification_channel.alarm-0.name')],
      }),
      need('google_monitoring_notification_channel', 'alarm-0', { 'labels.email_address': 'oncall@example.com' }),
    ),
  },
  {
    id: 'O3',
    sentence: 'records every call on state, keys and secrets, and is watched for threats',
    aws: kept(
      need('aws_cloudtrail', 'audit-trail', {
        is_multi_region_trail: true,
        enable_logging: true,
        enable_log_file_validation: true,
        kms_key_id: ref('aws_kms_key.key-audit.arn'),
        'advanced_event_selector.[name=management].field_selector': [
          { field: 'eventCategory', equals: ['Management'] },
        ],
        'advanced_event_selector.[name=state].field_selector.[field=resources.ARN].starts_with': including(
          'arn:aws:s3:::reviews-us-state-5c1a9e/',
          'arn:aws:s3:::reviews-west-state-5c1a9e/',
        ),
      }),
      need('aws_guardduty_detector', 'threats', { enable: true }),
      need('aws_guardduty_detector_feature', 4, { status: 'ENABLED' }),
      need('aws_guardduty_detector_feature', 'threats-eks-audit-logs', { name: 'EKS_AUDIT_LOGS' }, 'other features'),
    ),
    azure: kept(
      need(
        'azurerm_monitor_diagnostic_setting',
        'audit-vault',
        {
          target_resource_id: ref('azurerm_key_vault.vault.id'),
          'enabled_log.category_group': 'audit',
        },
        'of others',
      ),
      need(
        'azurerm_monitor_diagnostic_setting',
        'audit-state',
        {
          target_resource_id: `${ref('azurerm_storage_account.state.id')}/blobServices/default`,
          'enabled_log.category_group': 'audit',
        },
        'of others',
      ),
      need('azurerm_kubernetes_cluster', 'cluster', {
        'microsoft_defender.log_analytics_workspace_id': ref('azurerm_log_analytics_workspace.logs.id'),
      }),
    ),
    gcp: keptBut(
      'GKE’s own scan of workloads is being shut down by Google; images are scanned by the registry',
      need('google_project_iam_audit_config', 3, {
        audit_log_config: [{ log_type: 'ADMIN_READ' }, { log_type: 'DATA_READ' }, { log_type: 'DATA_WRITE' }],
      }),
      ...['storage', 'secretmanager', 'cloudkms'].map((service) =>
        need('google_project_iam_audit_config', `audit-${service}`, { service: `${service}.googleapis.com` }),
      ),
      need('google_container_cluster', 'cluster', { 'security_posture_config.mode': 'BASIC' }),
    ),
  },
  {
    id: 'Z1',
    sentence: 'tells somebody before spending hurts',
    aws: kept(
      need('aws_budgets_budget', 'budget', {
        limit_amount: '1250.5',
        notification: distinct(4),
        'notification.0.threshold': 50,
        'notification.0.subscriber_sns_topic_arns': TOPIC,
      }),
      need('aws_ce_anomaly_subscription', 'spending-notices', {
        'threshold_expression.dimension.key': 'ANOMALY_TOTAL_IMPACT_ABSOLUTE',
        'subscriber.address': 'oncall@example.com',
      }),
      need('aws_ce_cost_allocation_tag', 3, { status: 'Active' }),
      need('aws_ce_cost_allocation_tag', 'cost-by-headrace_cluster', { tag_key: 'headrace_cluster' }, 'other tags'),
    ),
    azure: kept(
      need('azurerm_consumption_budget_resource_group', 'budget', {
        amount: 1250.5,
        notification: distinct(4),
        'notification.0.threshold': 50,
      }),
      need('azurerm_kubernetes_cluster', 'cluster', { cost_analysis_enabled: true, sku_tier: 'Standard' }),
    ),
    gcp: kept(
      need('google_billing_budget', 'budget', {
        'amount.specified_amount': { currency_code: 'USD', units: '1250', nanos: 500_000_000 },
        threshold_rules: distinct(4),
        'threshold_rules.0.threshold_percent': 0.5,
      }),
      need('google_container_cluster', 'cluster', { 'cost_management_config.enabled': true }),
    ),
  },
  {
    id: 'Z2',
    sentence: 'is labelled throughout, and taking it down turns nothing off that others share',
    aws: kept(
      need('provider.aws', '0', {
        'default_tags.tags': {
          headrace_deployment: 'reviews',
          headrace_region: 'us',
          headrace_cluster: 'reviews-us',
        },
      }),
    ),
    azure: kept(
      need('azurerm_resource_group', 2, { tags: AZURE_TAGS }),
      need('azurerm_kubernetes_cluster', 'cluster', { tags: AZURE_TAGS }),
      need('provider.azurerm', '0', { 'features.resource_group.prevent_deletion_if_contains_resources': true }),
    ),
    gcp: kept(
      need('provider.google', '0', { default_labels: { headrace_deployment: 'reviews', headrace_region: 'asia' } }),
      need('google_project_service', 19, { disable_on_destroy: false }),
    ),
  },
];
