export { type BindOptions, bindChatModel, environmentName } from './chat/bind.ts';
export { withBudget } from './chat/budget.ts';
export { lexiconModel } from './chat/lexicon.ts';
export { ollamaModel } from './chat/ollama.ts';
export { openAiModel } from './chat/openai.ts';
export type { BudgetSettings, ChatBinding, ChatSettings } from './chat/settings.ts';
