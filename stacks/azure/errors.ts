import { SynthesisError } from '../../config/index.ts';

/**
 * A deployment that Azure cannot serve as written, found at synthesis. `HR-AZURE-001`: zones that Azure does not have.
 * `HR-AZURE-002`: an account that is no subscription.
 */
export class AzureStackError extends SynthesisError<'HR-AZURE-001' | 'HR-AZURE-002'> {
  override readonly name = 'AzureStackError';
}
