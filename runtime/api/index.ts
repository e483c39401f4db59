export * from './agent.ts';
export * from './chat.ts';
export * from './context.ts';
export * from './environment.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './resources.ts';
