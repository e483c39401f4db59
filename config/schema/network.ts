import { z } from 'zod';
import { parseCidr } from '../cidr.ts';
import { fqdn } from './scalars.ts';

/** An IPv4 block in CIDR notation whose host bits are zero. @param minPrefix the largest block allowed, @param maxPrefix the smallest. */
export const cidr = (minPrefix = 0, maxPrefix = 32) =>
  z.string().superRefine((text, ctx) => {
    const block = parseCidr(text);
    if (!block) {
      ctx.addIssue({ code: 'custom', message: 'an IPv4 block such as 10.20.0.0/16' });
    } else if (block.text !== text) {
      ctx.addIssue({
        code: 'custom',
        message: 'an IPv4 block whose host bits are zero',
        params: { suggestion: block.text },
      });
    } else if (block.prefix < minPrefix || block.prefix > maxPrefix) {
      ctx.addIssue({ code: 'custom', message: `an IPv4 block from /${minPrefix} to /${maxPrefix}` });
    }
  });

export const networkSchema = z
  .strictObject({
    egress: z
      .array(fqdn())
      .default([])
      .describe(
        'Host names that the workers may reach besides those of the declared resources. Everything else is denied.',
      ),
    serviceCidr: cidr(12, 24)
      .default('172.20.0.0/16')
      .describe('Addresses of Kubernetes Services, the same in every region; must not overlap any region.'),
    podCidr: cidr(10, 18)
      .default('100.64.0.0/14')
      .describe(
        'Addresses of pods where the cloud gives them their own space (AKS overlay, GKE); not routed outside a cluster.',
      ),
    enforcement: z
      .strictObject({
        aws: z
          .enum(['proxy', 'cilium'])
          .default('proxy')
          .describe(
            "EKS has no policies by name: a proxy in the deployment's namespace, or Cilium that you installed.",
          ),
        azure: z
          .enum(['aks', 'proxy'])
          .default('aks')
          .describe('Advanced Container Networking Services of AKS, which the stack turns on, or a proxy.'),
        gcp: z
          .enum(['gke', 'proxy'])
          .default('gke')
          .describe('FQDNNetworkPolicy of GKE Dataplane V2, which the stack turns on, or a proxy.'),
      })
      .prefault({})
      .describe(
        'What holds workers to the egress list inside a cluster, by cloud. The firewall of its network holds to it in any case.',
      ),
  })
  .describe('Networks: what may leave, and addresses shared by all regions.');
