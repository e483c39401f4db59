import { AwsRegionStack } from '../../../stacks/aws/region-stack.ts';
import { synthesizer } from '../synthesized.ts';

export { at, type Json, lookups, ref, type Synthesized } from '../synthesized.ts';
export const synthesize = synthesizer(AwsRegionStack, 'us');
