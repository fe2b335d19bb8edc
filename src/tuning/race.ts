/**
 * @file Which of several ways is fastest, on a machine that does other things too. All take turns, so that none meets a
 * quiet moment alone, and of each the fastest turn counts: what disturbs can only make a turn slower.
 */

/** Runs so many units of work. */
export type Contender = (units: number) => void | Promise<void>;

const TURN = 0.004;
/** Engines begin with code that is made fast rather than being fast; the better one takes over meanwhile. */
const WARM_UP = { rounds: 3, seconds: 0.015 };
const LEAST_ROUNDS = 5;
const MOST_ROUNDS = 60;
/** Whoever is slower by this factor than the fastest after some rounds does not take part any more. */
const HOPELESS = 1.15;

/** The fastest turn of each, as seconds per unit. The first contender stays to the end. */
export async function race(contenders: readonly Contender[], seconds: number): Promise<number[]> {
  const deadline = performance.now() + seconds * 1000;
  const racers = contenders.map((run) => ({ run, units: 1, fastest: Number.POSITIVE_INFINITY }));
  for (let round = 0; round < WARM_UP.rounds; round++) for (const racer of racers) await warmUp(racer);
  let running = racers;
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    for (const racer of running)
      racer.fastest = Math.min(racer.fastest, (await time(racer.run, racer.units)) / racer.units);
    if (round < LEAST_ROUNDS) continue;
    if (performance.now() > deadline) break;
    const limit = HOPELESS * Math.min(...running.map(({ fastest }) => fastest));
    running = running.filter((racer) => racer === racers[0] || racer.fastest < limit);
  }
  return racers.map(({ fastest }) => fastest);
}

interface Racer {
  readonly run: Contender;
  /** Of one turn. */
  units: number;
}

async function warmUp(racer: Racer): Promise<void> {
  let spent = 0;
  while (spent < WARM_UP.seconds) {
    const elapsed = await time(racer.run, racer.units);
    spent += elapsed;
    racer.units = Math.max(1, Math.round((racer.units * TURN) / Math.max(elapsed, TURN / 4)));
  }
}

async function time(run: Contender, units: number): Promise<number> {
  const before = performance.now();
  await run(units);
  return (performance.now() - before) / 1000;
}
