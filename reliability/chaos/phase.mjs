import { Observer } from './observer.mjs';
import { nodes } from './participants.mjs';
import { planRound } from './plan.mjs';
import { runRound } from './round.mjs';
import { settle } from './settle.mjs';
import { World } from './world.mjs';

/** @import { Recovery } from './round.mjs' */
/** @import { Topology } from './participants.mjs' */
/** @import { Round } from './plan.mjs' */
/** @import { LogBook } from './log-book.mjs' */
/** @import { Violations } from './violations.mjs' */
/** @import { WorldOptions } from './world.mjs' */
/** @typedef {{ topology: Topology, round: Round, recovery: Recovery, violations: number, answers: number }} RoundReport the numbers of violations and of checked answers */
/**
 * @typedef {object} Phase
 * @property {string} seed
 * @property {Topology} topology
 * @property {number} until by `Date.now()`; the first round always runs
 * @property {number | undefined} only this round
 * @property {Omit<WorldOptions, 'topology' | 'onEndUnasked'>} world
 * @property {Violations} violations
 * @property {LogBook} book
 * @property {(report: RoundReport) => void} onRound
 * @property {(what: string) => void} onServerFault as in a context
 */

/**
 * Runs rounds of chaos on one store, until the time is over.
 *
 * @param {Phase} phase
 */
export async function runPhase({
  seed,
  topology,
  until,
  only,
  violations,
  book,
  onRound,
  onServerFault,
  ...phase
}) {
  /** @param {string} name @param {string} ending */
  const onEndUnasked = (name, ending) => {
    const expected = `to run until it is ended; it ended on its own: ${ending}`;
    if (!nodes[topology].includes(name)) return violations.report('Available', name, expected, [name]);
    // A server that crashes on its own is another fault. An operator would start it again.
    book.add('chaos', `${name} crashed: ${ending}; it is started again`);
    onServerFault('its own crash');
    world.program(name).start();
  };
  const world = await World.prepare({ ...phase.world, topology, onEndUnasked });
  violations.round = `${topology}, start`;
  await world.start();
  const observer = new Observer(world, violations);
  const context = { world, observer, violations, book, onServerFault };
  observer.start();
  await settle(context, Date.now());
  /** The duration of the longest round: no round begins that could not end in time. */
  let longest = 0;
  for (let number = only ?? 1; ; number++) {
    violations.round = `${topology}, round ${number}`;
    const before = { violations: violations.found.length, answers: observer.samples };
    const start = Date.now();
    const round = planRound(seed, topology, number);
    const recovery = await runRound(context, round);
    onRound({
      ...{ topology, round, recovery },
      violations: violations.found.length - before.violations,
      answers: observer.samples - before.answers,
    });
    longest = Math.max(longest, Date.now() - start);
    if (only !== undefined || Date.now() + longest > until) break;
  }
  await observer.stop();
  await world.end();
}
