import { type Labels, labels, selectorLabels } from '../pod.ts';

/** Labels of objects that belong to a namespace rather than to a component. */
export const PLATFORM_LABELS = { 'app.kubernetes.io/part-of': 'headrace' } as const;

const NAME = 'platform';

/** What selects the pods of a component of the platform; there is one of each in a namespace. */
export const componentSelector = (component: string): Labels => selectorLabels(NAME, NAME, component);

/** All labels of a component's objects. */
export const componentLabels = (component: string): Labels => labels(NAME, NAME, component);
