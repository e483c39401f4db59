import type { DeploymentModel } from '../../config/index.ts';
import { deploymentPlan, type RegionPlan } from './plan.ts';
import { arrow, type Box, chip, label, line, page, rect } from './svg.ts';

/** Cards in a row. */
const ACROSS = 3;
const CARD = { width: 330, height: 350, gap: 40 };
const MARGIN = 40;
/** Space under a row of cards, where the line of replication runs. */
const GUTTER = 64;
const TOP = 150;

const CLOUD_NAME = { aws: 'AWS', azure: 'Azure', gcp: 'Google Cloud' } as const;
const CLUSTER = { aws: 'EKS', azure: 'AKS', gcp: 'GKE' } as const;
const STORE = { aws: 'S3', azure: 'Blob', gcp: 'GCS' } as const;
const FIREWALL = { aws: 'Network Firewall', azure: 'Azure Firewall', gcp: 'Cloud NGFW' } as const;

/** Where a region's card lies, and its state store in it. */
interface Card extends Box {
  readonly plan: RegionPlan;
  readonly store: Box;
  readonly row: number;
}

/**
 * The deployment as one SVG picture: a card a region with its network, cluster, pools and stores; the line that restore
 * points travel along; where names lead. The same deployment gives the same bytes.
 */
export function deploymentGraph(deployment: DeploymentModel): string {
  const plan = deploymentPlan(deployment);
  const cards = plan.regions.map((region, i) => card(region, i));
  const rows = Math.ceil(cards.length / ACROSS);
  const columns = Math.min(ACROSS, cards.length);
  const width = 2 * MARGIN + columns * CARD.width + (columns - 1) * CARD.gap;
  const bottom = TOP + rows * (CARD.height + GUTTER);
  const egress = [...new Set(plan.regions.flatMap(({ egress: hosts }) => hosts))];
  const lines = wrap(`Leaves the networks: ${egress.join(', ') || 'nothing'}`, Math.floor((width - 2 * MARGIN) / 7));
  const parts = [
    label(MARGIN, 48, plan.name, 'title'),
    label(
      MARGIN,
      72,
      `${plan.mode}, outputs commit ${plan.commit}; lease kept in ${plan.leaseRegion}; id ${plan.id}`,
      'soft',
    ),
    ...names(plan.dns, cards, width),
    ...cards.flatMap((one) => drawCard(deployment, one)),
    ...replication(cards, width),
    ...lines.map((text, i) => label(MARGIN, bottom + 8 + i * 18, text, 'soft')),
    label(
      MARGIN,
      bottom + 8 + lines.length * 18 + 6,
      'Solid: restore points, pulled by the replicator of the region that the arrow points to. Dashed: where names lead.',
      'soft',
    ),
  ];
  return page(
    width,
    bottom + 44 + lines.length * 18,
    `Deployment ${plan.name}: ${plan.regions.length} regions`,
    parts.join('\n'),
  );
}

function card(plan: RegionPlan, i: number): Card {
  const row = Math.floor(i / ACROSS);
  const x = MARGIN + (i % ACROSS) * (CARD.width + CARD.gap);
  const y = TOP + row * (CARD.height + GUTTER);
  return {
    plan,
    row,
    x,
    y,
    width: CARD.width,
    height: CARD.height,
    store: { x: x + 16, y: y + 262, width: CARD.width - 32, height: 72 },
  };
}

function drawCard(deployment: DeploymentModel, { plan, x, y, width, height, store }: Card): string[] {
  const cloud = plan.cloud as keyof typeof CLOUD_NAME;
  const region = deployment.regions.find(({ name }) => name === plan.name);
  const spot = region?.spot ? ', spot' : '';
  const pool = (name: string, nodes: string, row: number) => [
    rect({ x: x + 32, y: y + 128 + row * 30, width: width - 64, height: 24 }, 'pool'),
    label(x + 42, y + 144 + row * 30, name, 'strong'),
    label(x + width - 42, y + 144 + row * 30, nodes, 'end'),
  ];
  return [
    rect({ x, y, width, height }, `card ${cloud}`),
    label(x + 16, y + 28, plan.name, 'heading'),
    label(x + 16, y + 47, `${CLOUD_NAME[cloud]}, ${plan.region}, ${plan.size}`, 'soft'),
    ...chip(x + width - 16, y + 12, plan.role, plan.role === 'active' ? 'active' : 'standby'),
    rect({ x: x + 16, y: y + 62, width: width - 32, height: 188 }, 'network'),
    label(x + 26, y + 80, `Network ${plan.network}`, 'soft'),
    label(x + width - 26, y + 80, FIREWALL[cloud], 'soft end'),
    rect({ x: x + 24, y: y + 90, width: width - 48, height: 152 }, 'cluster'),
    label(x + 34, y + 110, `${CLUSTER[cloud]} ${deployment.cluster.kubernetes}`, 'strong'),
    label(x + width - 34, y + 110, `${deployment.cluster.endpoint} endpoint`, 'soft end'),
    ...pool('system', plan.nodes.system, 0),
    ...pool('flink', plan.nodes.flink, 1),
    ...pool(`worker${spot}`, plan.nodes.worker, 2),
    label(
      x + 34,
      y + 232,
      `${plan.slots} slots in ${many(plan.taskManagers, 'TaskManager')}, ${plan.workers} workers`,
      'small',
    ),
    rect(store, 'store'),
    label(store.x + 10, store.y + 20, `${STORE[cloud]} state`, 'strong'),
    label(store.x + 10, store.y + 39, clip(plan.stateRoot, 42), 'small'),
    label(store.x + 10, store.y + 58, plan.gets.split(', ').slice(2).join(', '), 'small'),
    ...(deployment.leaseRegion === plan.name ? chip(x + width - 100, y + 12, 'lease', 'lease') : []),
  ];
}

/** One line along the rows, since every source's restore points go to every one of its replicas: up from sources, down to replicas. */
function replication(cards: readonly Card[], width: number): string[] {
  const sources = cards.filter(({ plan }) => plan.replicatesTo.length > 0);
  if (sources.length === 0) return [];
  const targets = new Set(sources.flatMap(({ plan }) => plan.replicatesTo));
  const used = cards.filter((one) => sources.includes(one) || targets.has(one.plan.name));
  const y = (row: number) => TOP + row * (CARD.height + GUTTER) + CARD.height + 30;
  const left = MARGIN - 20;
  const last = Math.max(...used.map(({ row }) => row));
  const parts: string[] = [];
  if (last > 0) parts.push(line([left, y(0)], [left, y(last)], 'copy'));
  for (let row = 0; row <= last; row += 1) {
    const here = used.filter((one) => one.row === row);
    if (here.length === 0) continue;
    const ends = here.flatMap((one) =>
      portsOf(one, sources.includes(one), targets.has(one.plan.name)).map(({ x }) => x),
    );
    parts.push(line([last > 0 ? left : Math.min(...ends), y(row)], [Math.max(...ends), y(row)], 'copy'));
    for (const one of here) {
      const foot = one.store.y + one.store.height;
      for (const port of portsOf(one, sources.includes(one), targets.has(one.plan.name))) {
        parts.push(
          port.kind === 'from'
            ? line([port.x, foot], [port.x, y(row)], 'copy')
            : arrow([port.x, y(row)], [port.x, foot + 2], 'copy'),
        );
      }
    }
    parts.push(label(width - MARGIN, y(row) + 18, 'restore points', 'small end'));
  }
  return parts;
}

const portsOf = (one: Card, from: boolean, to: boolean) => [
  ...(from ? [{ kind: 'from' as const, x: one.x + one.width / 2 - (to ? 30 : 0) }] : []),
  ...(to ? [{ kind: 'to' as const, x: one.x + one.width / 2 + (from ? 30 : 0) }] : []),
];

/** The zone's name, and dashed lines to the first row of regions; rows below follow in the file's order. */
function names(zone: string | undefined, cards: readonly Card[], width: number): string[] {
  if (!zone) return [];
  const y = 100;
  const text = `agents.${zone}`;
  const box = { x: width / 2 - (text.length * 8 + 32) / 2, y: y - 20, width: text.length * 8 + 32, height: 28 };
  return [
    ...cards
      .filter(({ row }) => row === 0)
      .map((one) =>
        arrow(
          [width / 2, y + 8],
          [one.x + one.width / 2, one.y - 2],
          one.plan.role === 'active' ? 'name' : 'name waits',
        ),
      ),
    rect(box, 'dns'),
    label(width / 2, y - 1, text, 'strong middle'),
  ];
}

const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

const clip = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function wrap(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
