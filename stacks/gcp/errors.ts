import { SynthesisError } from '../../config/index.ts';

/**
 * A deployment that Google Cloud cannot serve as written, found at synthesis. `HR-GCP-001`: an egress name that Google's
 * firewall cannot match.
 */
export class GcpStackError extends SynthesisError<'HR-GCP-001'> {
  override readonly name = 'GcpStackError';
}
