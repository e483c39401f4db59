import { describe, expect, test } from 'vitest';
import { keptVariables } from '../../../ops/deploy/kept-variables.ts';

const DECLARED = ['enabled_us', 'endpoint_us', 'enabled_eu_1', 'endpoint_eu_1'];
const AT_EU = { enabled_us: false, endpoint_us: '192.0.2.1', enabled_eu_1: true, endpoint_eu_1: '192.0.2.2' };

describe('what a stack was told is told again', () => {
  test('all of it that it still declares', () => {
    expect(keptVariables(DECLARED, AT_EU, {})).toEqual(AT_EU);
    expect(keptVariables(['endpoint_us'], AT_EU, {})).toEqual({ endpoint_us: '192.0.2.1' });
  });

  test('but not what the environment says', () => {
    const env = { TF_VAR_enabled_us: 'true', TF_VAR_endpoint_us: '' };
    expect(keptVariables(DECLARED, AT_EU, env)).toEqual({ enabled_eu_1: true, endpoint_eu_1: '192.0.2.2' });
  });
});

describe('a region that is new in the file', () => {
  test('takes no traffic while that is moved to another', () => {
    expect(keptVariables([...DECLARED, 'enabled_asia'], AT_EU, {})).toMatchObject({ enabled_asia: false });
  });

  test.each([
    ['every region takes some', { enabled_us: true, enabled_eu_1: true }],
    ['one of several was drained', { enabled_us: false, enabled_eu_1: true, enabled_west: true }],
    ['there was one region only', { enabled_us: true }],
  ])('takes traffic where %s', (_, told) => {
    expect(keptVariables([...DECLARED, 'enabled_asia'], told, {})).not.toHaveProperty('enabled_asia');
  });
});

test('a choice of a region that is gone from the file is gone: no name is left without a region', () => {
  expect(keptVariables(['enabled_us', 'endpoint_us', 'enabled_asia'], AT_EU, {})).toEqual({ endpoint_us: '192.0.2.1' });
});
