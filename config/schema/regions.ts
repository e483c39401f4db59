import { z } from 'zod';
import { CLOUDS, SIZES } from '../vocabulary.ts';
import { cidr } from './network.ts';
import { dnsLabel, fqdn } from './scalars.ts';

const CLOUD_REGION = /^[a-z]+[a-z0-9]*(-[a-z0-9]+)*$/;

export const regionSchema = z
  .strictObject({
    name: dnsLabel(12).describe('Short name of the region in this deployment, such as us or eu.'),
    cloud: z.enum(CLOUDS).describe('The cloud that hosts the region.'),
    region: z
      .string()
      .regex(CLOUD_REGION, {
        error: "the cloud's own name of the region, such as us-east-1, westeurope, asia-southeast1",
      })
      .describe("The cloud's own name of the region."),
    role: z.enum(['active', 'standby']).describe('Whether the region runs the job, or waits to take it over.'),
    size: z.enum(SIZES).default('small').describe('Size of the node pools and of the Flink processes.'),
    account: z
      .string()
      .min(1)
      .optional()
      .describe(
        'AWS account id, Azure subscription id or GCP project id. Default: the one of the credentials at deploy time; GCP needs it.',
      ),
    cidr: cidr(12, 20)
      .optional()
      .describe("Addresses of the region's network. Default: 10.(16 + position in the list).0.0/16."),
    zones: z
      .array(z.string().min(1))
      .length(3)
      .optional()
      .describe('Three zones. Default: the first three of the cloud region.'),
    spot: z.boolean().default(false).describe('Whether worker nodes are spot capacity. JobManagers never are.'),
  })
  .describe('One region of the deployment.');

export const clusterSchema = z
  .strictObject({
    kubernetes: z
      .string()
      .regex(/^1\.\d{2}$/, { error: 'a Kubernetes minor version in quotes, such as "1.34"' })
      .default('1.34')
      .describe('Kubernetes minor version of every cluster; also the schemas that manifests are checked with.'),
    endpoint: z
      .enum(['private', 'restricted'])
      .default('private')
      .describe('Cluster endpoint: only inside the network, or public but limited to authorizedRanges.'),
    authorizedRanges: z.array(cidr()).default([]).describe('Blocks that may reach a restricted endpoint.'),
    administrators: z
      .strictObject({
        aws: z
          .array(z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/.+$/, { error: 'an IAM role or user ARN' }))
          .default([]),
        azure: z.array(z.guid({ error: 'the object id of an Entra group' })).default([]),
        gcp: z
          .array(z.string().regex(/^gke-security-groups@.+$/, { error: 'a Google group gke-security-groups@DOMAIN' }))
          .max(1)
          .default([]),
      })
      .prefault({})
      .describe('Who administers the clusters: IAM principals, Entra groups, a Google group.'),
    quota: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Whether the namespace has a ResourceQuota.'),
        headroomPercent: z
          .number()
          .int()
          .min(0)
          .max(500)
          .default(25)
          .describe('Room above what the deployment takes at its largest, for pods of your own and of add-ons.'),
      })
      .prefault({})
      .describe("Limits on what a deployment's namespace may take from its cluster."),
    issuer: z
      .strictObject({
        kind: z.enum(['Issuer', 'ClusterIssuer']).describe('Kind of the cert-manager issuer.'),
        name: z
          .string()
          .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, { error: 'the name of a Kubernetes object' })
          .describe('Its name; an Issuer is in the namespace of the deployment.'),
        group: fqdn().default('cert-manager.io').describe('API group of an external issuer.'),
      })
      .optional()
      .describe(
        'Issuer of the certificates between Flink, workers and stores. Default: an authority of the namespace alone.',
      ),
    deletionProtection: z.boolean().default(true).describe('Whether clusters and state stores refuse to be destroyed.'),
  })
  .describe('Kubernetes clusters, the same in every region.');
