/**
 * @file While a development server runs, what an application imports is a front of the module: its trainers are exchanged for
 * those of the edited network, and the application keeps what it holds. `import.meta.hot` is that of Vite.
 */

/** The word of a query that asks for the module itself. */
export const BEHIND = 'behind-front';

/** The text of the front of the module `id`, which can train. */
export function frontOf(id: string): string {
  return `import * as own from ${JSON.stringify(id)};

${follow}

const { live } = import.meta.hot.data;
const shared = (import.meta.hot.data.live ??= { own, trainers: new Set() });
if (live) await exchange(live, own);
import.meta.hot.accept();

export const TrainerError = own.TrainerError;
export const network = new Proxy({}, {
  get: (_, key) => shared.own.network[key],
  has: (_, key) => key in shared.own.network,
  ownKeys: () => Reflect.ownKeys(shared.own.network),
  getOwnPropertyDescriptor: (_, key) => ({ configurable: true, enumerable: true, value: shared.own.network[key] }),
});
export const createTrainer = (options) => create(shared, options);
`;
}

const follow = `async function create(shared, options) {
  const held = { options, trainer: await shared.own.createTrainer(options) };
  shared.trainers.add(held);
  const dispose = () => {
    shared.trainers.delete(held);
    held.trainer.dispose();
  };
  return new Proxy({}, {
    get(_, key) {
      // Nothing that is awaited has a \`then\` by accident.
      if (key === 'dispose') return dispose;
      const value = held.trainer[key];
      return typeof value === 'function' ? value.bind(held.trainer) : value;
    },
    has: (_, key) => key in held.trainer,
  });
}

async function exchange(shared, own) {
  shared.own = own;
  for (const held of shared.trainers) {
    const earlier = held.trainer;
    const trainer = await own.createTrainer(held.options);
    const taken = new Set(trainer.load(earlier.save(), { partial: true }).taken);
    held.trainer = trainer;
    try {
      earlier.dispose();
    } catch {
      console.warn('cnnc: a training that is under way ends with the network that it began with');
    }
    const { name, parameters } = own.network;
    const kept = parameters.filter((parameter) => taken.has(parameter.name)).length;
    console.info(\`cnnc: \${name} was edited; \${kept} of \${parameters.length} parameters keep their values\`);
  }
}`;
