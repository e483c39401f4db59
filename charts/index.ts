export { neededImages } from './images.ts';
export { type ChartInput, PENDING, pendingOutputs } from './input.ts';
export { releaseName } from './release.ts';
export { helmCharts, renderHelmCharts, renderManifests } from './render.ts';
