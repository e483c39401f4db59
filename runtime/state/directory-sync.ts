import { open } from 'node:fs/promises';

interface Syncing {
  readonly running: Promise<void>;
  /** Begins when the running one ends: it holds all names that were made until then. */
  next?: Promise<void>;
}

const syncing = new Map<string, Syncing>();

/** Makes what was named in a directory durable (fsync): a rename or link survives a power loss only then. Those who ask while one is under way share the next one. */
export function syncDirectory(path: string): Promise<void> {
  const current = syncing.get(path);
  if (!current) return begin(path);
  current.next ??= current.running.then(
    () => begin(path),
    () => begin(path),
  );
  return current.next;
}

function begin(path: string): Promise<void> {
  const running = sync(path).finally(() => {
    if (syncing.get(path)?.running === running && !syncing.get(path)?.next) syncing.delete(path);
  });
  syncing.set(path, { running });
  return running;
}

async function sync(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
