// Expected figures: what BashJavaUtils of Flink 2.3.0 (bin/bash-java-utils.jar) prints for the same process size.
import { expect, it } from 'vitest';
import { jobManagerMemory, managedPerSlot, taskManagerMemory } from '../../../config/index.ts';

const MiB = 2 ** 20;
const bytes = (memory: { parts: readonly { name: string; bytes: number }[] }) =>
  Object.fromEntries(memory.parts.map(({ name, bytes: size }) => [name, size]));

it.each([
  [
    1536,
    { network: 114085070, managed: 456340282, overhead: 201326592, heap: 301989880, xmx: 436207608, direct: 248302798 },
  ],
  [
    4096,
    {
      network: 359703515,
      managed: 1438814063,
      overhead: 429496736,
      heap: 1530082070,
      xmx: 1664299798,
      direct: 493921243,
    },
  ],
  [
    12288,
    {
      network: 1154272478,
      managed: 4617089912,
      overhead: 1073741824,
      heap: 5502926762,
      xmx: 5637144490,
      direct: 1288490206,
    },
  ],
  [
    28672,
    {
      network: 2872259422,
      managed: 11489037688,
      overhead: 1073741824,
      heap: 14092861226,
      xmx: 14227078954,
      direct: 3006477150,
    },
  ],
])('a TaskManager of %i MiB is divided as by Flink itself', (size, expected) => {
  const memory = taskManagerMemory(size * MiB);
  expect(bytes(memory)).toEqual({
    'JVM metaspace': 256 * MiB,
    'JVM overhead': expected.overhead,
    'framework heap': 128 * MiB,
    'framework off-heap': 128 * MiB,
    network: expected.network,
    managed: expected.managed,
    'task heap': expected.heap,
  });
  expect(memory.jvm).toEqual([
    `-Xmx${expected.xmx}`,
    `-Xms${expected.xmx}`,
    `-XX:MaxDirectMemorySize=${expected.direct}`,
    '-XX:MaxMetaspaceSize=268435456',
  ]);
  expect(managedPerSlot(memory, 2)).toBe(Math.floor(expected.managed / 2));
});

it.each([
  [1600, 201326592, 1073741824],
  [2048, 214748368, 1530082096],
  [4096, 429496736, 3462817376],
])('a JobManager of %i MiB is divided as by Flink itself', (size, overhead, heap) => {
  const memory = jobManagerMemory(size * MiB);
  expect(bytes(memory)).toEqual({
    'JVM metaspace': 256 * MiB,
    'JVM overhead': overhead,
    'off-heap': 128 * MiB,
    heap,
  });
  expect(memory.jvm[0]).toBe(`-Xmx${heap}`);
});
