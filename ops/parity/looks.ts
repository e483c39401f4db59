import { anthropicLook, azureOpenAiLook, bedrockLook, ollamaLook, openAiLook } from './model-looks.ts';
import type { ModelLooks } from './models.ts';
import { awsQuotas, azureQuotas, gcpQuotas } from './quota-looks.ts';
import type { QuotaLooks } from './quotas.ts';
import { awsLook, azureLook, gcpLook, type SecretLooks } from './secrets.ts';

/** How clouds and services are asked. */
export interface Looks {
  readonly secrets: SecretLooks;
  readonly quotas: QuotaLooks;
  readonly models: ModelLooks;
}

/** Asks as whoever is signed in on this machine. */
export const asSignedIn = (): Looks => ({
  secrets: { aws: awsLook(), azure: azureLook(), gcp: gcpLook() },
  quotas: { aws: awsQuotas(), azure: azureQuotas(), gcp: gcpQuotas() },
  models: {
    openai: openAiLook(),
    anthropic: anthropicLook(),
    azureOpenAi: azureOpenAiLook(),
    bedrock: bedrockLook(),
    ollama: ollamaLook(),
  },
});
