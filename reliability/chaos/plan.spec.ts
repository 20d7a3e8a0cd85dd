import { faults } from './faults/index.mjs';
import { nodes, type Topology } from './participants.mjs';
import { planRound, type Round } from './plan.mjs';

const topologies: readonly Topology[] = ['single', 'cluster'];

function rounds(topology: Topology, count = 600): Round[] {
  return Array.from({ length: count }, (_, at) => planRound('some seed', topology, at + 1));
}

it('the same seed plans the same round, whatever was planned before it', () => {
  const [, , third] = rounds('single', 3);
  expect(planRound('some seed', 'single', 3)).toEqual(third);
  expect(planRound('another seed', 'single', 3)).not.toEqual(third);
});

it.each(topologies)('every fault and every kind of bad document occurs on a %s store', (topology) => {
  const planned = rounds(topology);
  const kinds = new Set(planned.flatMap((round) => round.faults.map(({ kind }) => kind)));
  const absent = topology === 'single' ? [] : ['key-purge', 'disk-restore'];
  expect([...kinds].sort()).toEqual(
    Object.keys(faults)
      .filter((kind) => !absent.includes(kind))
      .sort(),
  );
  expect(new Set(planned.flatMap(({ saves }) => saves.map(({ kind }) => kind))).size).toBe(13);
});

it.each(topologies)('each target has at most one fault in a round on a %s store', (topology) => {
  for (const { faults: planned } of rounds(topology)) {
    const targets = planned.map(({ target }) => target);
    expect(new Set(targets).size).toBe(targets.length);
  }
});

it('no disk of a cluster is lost in a round that stops another node', () => {
  const isNode = (target: string): boolean => target === 'store' || nodes.cluster.includes(target);
  const losses = rounds('cluster').filter((round) => round.faults.some(({ kind }) => kind === 'disk-loss'));
  expect(losses.length).toBeGreaterThan(50);
  for (const { faults: planned } of losses)
    expect(planned.filter(({ target }) => isNode(target))).toHaveLength(1);
});
