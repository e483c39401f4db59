import { SynthesisError } from '../../config/index.ts';

/**
 * A deployment that AWS cannot serve as written, found at synthesis. `HR-AWS-001`: a network larger than a VPC can be.
 * `HR-AWS-002`: a Bedrock inference profile whose regions are not known, so that the worker's rights could not be
 * named one by one.
 */
export class AwsStackError extends SynthesisError<'HR-AWS-001' | 'HR-AWS-002'> {
  override readonly name = 'AwsStackError';
}
