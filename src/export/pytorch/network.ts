/** @file The classes of the network and of its loss, from the layers of a model. */
import { product } from '../../common/shape.ts';
import type { Node, State } from '../../ir/graph.ts';
import type { Elaboration, Layer, Model, ModelInput } from '../../semantics/model.ts';
import { Classes } from './classes.ts';
import { type Code, code, identifier, indented, markUnused, Names, textOf } from './code.ts';
import { FunctionLibrary, RESERVED, topNames } from './library.ts';
import { type Item, isIdentity, scopeOf } from './scopes.ts';
import { Statements } from './statements.ts';
import { Modules } from './trie.ts';

export interface NetworkText {
  /** The class of the network, and of its loss where it has one. */
  readonly name: string;
  readonly loss?: string;
  /** Functions, classes of blocks, the network, the loss. */
  readonly definitions: readonly string[];
  /** Some parameters have no gradient: the loss does not depend on them. */
  readonly unused: boolean;
}

const valuesOf = ({ operands }: Layer) => operands.flatMap((operand) => ('node' in operand ? operand.node : []));

/** Which layers are computed by the network's body, for its outputs alone, and for the loss alone. */
interface Parts {
  readonly body: readonly Layer[];
  readonly outputs: readonly Layer[];
  readonly loss: readonly Layer[];
}

/** The layers that these values depend on. */
function neededFor(nodes: readonly Node[], makers: ReadonlyMap<Node, Layer>): Set<Layer> {
  const found = new Set<Layer>();
  const queue = [...nodes];
  for (let node = queue.pop(); node; node = queue.pop()) {
    const layer = makers.get(node);
    if (!layer || found.has(layer)) continue;
    found.add(layer);
    queue.push(...valuesOf(layer));
  }
  return found;
}

function partsOf(model: Model, measured: readonly Node[]): Parts & { readonly lossless: boolean } {
  const steps = model.steps.filter((layer) => !isIdentity(layer));
  const makers = new Map(steps.map((layer) => [layer.output, layer]));
  const forOutputs = neededFor(
    model.outputs.map(({ node }) => node),
    makers,
  );
  const forLoss = neededFor(measured, makers);
  const targets = new Set(model.targets.map(({ node }) => node));
  const late = new Set(steps.filter((layer) => neededTargets(layer, makers, targets)));
  const own = new Set(model.layers);
  const early = steps.filter(
    (layer) =>
      !late.has(layer) &&
      (layer.states.length > 0 || layer.instance || (forLoss.has(layer) && (forOutputs.has(layer) || own.has(layer)))),
  );
  const body = new Set([...early, ...neededFor(early.flatMap(valuesOf), makers)]);
  const within = (set: ReadonlySet<Layer>) => steps.filter((layer) => set.has(layer) && !body.has(layer));
  const stateful = steps.filter(({ states }) => states.length > 0);
  return {
    body: steps.filter((layer) => body.has(layer)),
    outputs: within(forOutputs),
    loss: within(forLoss),
    lossless: stateful.some((layer) => !forLoss.has(layer)),
  };
}

function neededTargets(layer: Layer, makers: ReadonlyMap<Node, Layer>, targets: ReadonlySet<Node>): boolean {
  const all = [layer, ...neededFor(valuesOf(layer), makers)];
  return all.some((one) => valuesOf(one).some((node) => targets.has(node)));
}

export function networkText(elaboration: Elaboration): NetworkText {
  const model = elaboration.training;
  const results = model.graph.results.flatMap((result) =>
    result.role === 'loss' || result.role === 'metric' ? [result] : [],
  );
  const parts = partsOf(
    model,
    results.map(({ node }) => node),
  );
  const names = new Names(topNames());
  const name = names.take(model.name);
  const library = new FunctionLibrary(names);
  const classes = new Classes(library, names);
  const network = new NetworkClass(elaboration, name, parts, classes, library);
  const own = network.text();
  const hasLoss = results.some(({ role }) => role === 'loss');
  const loss = hasLoss ? names.take(`${name}Loss`) : undefined;
  const measured = loss && network.lossText(loss, results);
  classes.finish();
  const definitions = [
    ...library.texts(),
    ...classes.texts.map(({ text }) => text),
    own(),
    ...(measured ? [measured] : []),
  ];
  return { name, ...(loss && { loss }), definitions, unused: parts.lossless };
}

class NetworkClass {
  readonly #modules = new Modules();
  readonly #parameters: readonly string[];
  /** Values that the body gives to outputs and loss. */
  readonly #given: readonly Node[];
  readonly #same: boolean;

  constructor(
    readonly elaboration: Elaboration,
    readonly name: string,
    readonly parts: Parts,
    readonly classes: Classes,
    readonly library: FunctionLibrary,
  ) {
    const { inputs, outputs } = this.model;
    const names = new Names([...RESERVED, 'x']);
    this.#parameters = inputs.map((input) => names.take(input.name));
    const made = new Set(parts.body.map(({ output }) => output));
    const readers = [...parts.outputs, ...parts.loss].flatMap(valuesOf);
    const results = this.model.graph.results.flatMap((result) =>
      result.role === 'assign' || result.role === 'gradient' ? [] : [result.node],
    );
    const wanted = [...new Set([...readers, ...results])].filter((node) => made.has(node));
    const last = parts.body.at(-1)?.output;
    this.#given = wanted.length > 0 || !last ? wanted : [last];
    const direct = outputs.length > 0 ? outputs.map(({ node }) => node) : this.#given;
    this.#same =
      outputs.length < 2 && direct.length === this.#given.length && direct.every((node, k) => node === this.#given[k]);
  }

  get model(): Model {
    return this.elaboration.training;
  }

  #statements(
    items: readonly Item[],
    given: ReadonlyMap<Node, string>,
    wanted: readonly Node[],
    owner?: string,
    preferred?: ReadonlyMap<Node, string>,
  ): Statements {
    const construct = (scope: Parameters<Classes['construct']>[0]) => this.classes.construct(scope);
    const place = { modules: this.#modules, library: this.library, construct, prefix: '', ...(owner && { owner }) };
    new Statements(place, items, given, wanted, preferred).write();
    return new Statements(place, items, given, wanted, preferred).write();
  }

  #inputs(): Map<Node, string> {
    return new Map(this.model.inputs.map(({ node }, k) => [node, this.#parameters[k]!]));
  }

  /** The class; its text is complete once the classes of its blocks are. */
  text(): () => string {
    const inputs = this.#inputs();
    const { items } = scopeOf(this.parts.body, [...inputs.keys()], this.#given);
    const body = this.#statements(items, inputs, this.#given);
    const returned = code`return ${listOf(this.#given.map((node) => body.value(node)))}`;
    const compute = [...this.#normalizing(), ...body.lines, returned];
    const forward = this.#same ? undefined : this.#forward();
    return () => this.#assemble(compute, forward);
  }

  #forward(): Code[] {
    const values = this.#values();
    const outputs = this.model.outputs;
    const wanted = outputs.map(({ node }) => node);
    const statements = this.#statements(
      this.parts.outputs.map((layer) => ({ kind: 'layer', layer })),
      values.names,
      wanted,
    );
    const found = wanted.map((node) => statements.value(node));
    const returned =
      outputs.length === 1
        ? found[0]!
        : code`{${found.flatMap((one, k) => code`${k > 0 ? ', ' : ''}"${outputs[k]!.name}": ${one}`)}}`;
    return [...values.lines('self'), ...statements.lines, code`return ${returned}`];
  }

  /** What the body gives, under names. */
  #values(): { names: Map<Node, string>; lines: (owner: string) => Code[] } {
    const taken = new Names([
      ...RESERVED,
      'x',
      ...this.#parameters,
      ...this.model.targets.map(({ name }) => identifier(name)),
    ]);
    const names = this.#inputs();
    const targets = this.#given.map((node) => {
      const layer = this.parts.body.find(({ output }) => output === node)!;
      const name = taken.take(layer.path.filter((part) => !/^\d+$/.test(part))[0] ?? 'y');
      names.set(node, name);
      return name;
    });
    const call = (owner: string) =>
      `${owner}${this.#same ? '' : owner === 'self' ? '.compute' : '.compute'}(${this.#parameters.join(', ')})`;
    return { names, lines: (owner) => (targets.length > 0 ? [code`${targets.join(', ')} = ${call(owner)}`] : []) };
  }

  /** Images are normalised by the network, in training and in prediction. */
  #normalizing(): Code[] {
    return this.model.inputs.flatMap((input, k) =>
      this.#isNormalized(input)
        ? [code`${this.#parameters[k]!} = self.normalized_${this.#parameters[k]!}(${this.#parameters[k]!})`]
        : [],
    );
  }

  #isNormalized({ name }: ModelInput): boolean {
    return this.elaboration.settings.normalize?.has(name) ?? false;
  }

  #buffers(): { init: string[]; methods: string[] } {
    const normalized = this.model.inputs.flatMap((input, k) => {
      const found = this.elaboration.settings.normalize?.get(input.name);
      return found ? [{ input, ...found, name: this.#parameters[k]! }] : [];
    });
    const tensor = (values: readonly number[], { shape }: ModelInput) =>
      `torch.tensor([${values.join(', ')}]).reshape(-1${', 1'.repeat(Math.max(shape.length - 1, 0))})`;
    return {
      init: normalized.flatMap(({ input, mean, deviation, name }) => [
        `self.register_buffer("${name}_mean", ${tensor(mean, input)}, persistent=False)`,
        `self.register_buffer("${name}_deviation", ${tensor(deviation, input)}, persistent=False)`,
      ]),
      methods: normalized.flatMap(({ name }) => [
        '',
        `    def normalized_${name}(self, ${name}):`,
        `        return (${name} - self.${name}_mean) / self.${name}_deviation`,
      ]),
    };
  }

  #assemble(compute: readonly Code[], forward: readonly Code[] | undefined): string {
    const init = this.#modules.lines((made) => this.classes.expand(made));
    const write = (lines: readonly Code[]) =>
      indented(
        lines.flatMap((line) => this.#modules.resolved(textOf(line)).split('\n')),
        8,
      );
    const frozen = this.elaboration.states.filter((state) => state.role === 'parameter' && !state.trainable);
    const { init: buffers, methods } = this.#buffers();
    const args = ['self', ...this.#parameters].join(', ');
    return [
      `class ${this.name}(${this.#modules.base}):`,
      `    """${this.#summary()}"""`,
      '',
      '    def __init__(self):',
      ...write(init),
      ...indented([...buffers, ...freezing(frozen)], 8),
      ...methods,
      '',
      ...(forward ? [`    def compute(${args}):`, ...write(compute), ''] : []),
      `    def forward(${args}):`,
      ...write(forward ?? compute),
    ].join('\n');
  }

  #summary(): string {
    const shapes = this.model.inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
    const outputs = this.model.outputs.map(({ name }) => name).join(', ');
    const parameters = this.elaboration.states.filter(({ role }) => role === 'parameter');
    const count = parameters.reduce((sum, { shape }) => sum + product(shape), 0);
    const thousands = `${count}`.replaceAll(/\B(?=(\d{3})+$)/g, ',');
    return `From ${shapes}${outputs ? ` to ${outputs}` : ''}; ${thousands} parameters.`;
  }

  lossText(name: string, results: readonly { role: string; name?: string; node: Node }[]): string {
    const values = this.#values();
    const names = new Names([...RESERVED, 'x', ...this.#parameters]);
    const targets = this.model.targets.map((target) => names.take(target.name));
    for (const [k, { node }] of this.model.targets.entries()) values.names.set(node, targets[k]!);
    const read = new Set([...this.parts.loss.flatMap(valuesOf), ...results.map(({ node }) => node)]);
    const normalizing = this.model.inputs.flatMap((input, k) => {
      if (!read.has(input.node) || !this.#isNormalized(input)) return [];
      const own = this.#parameters[k]!;
      return [code`${own} = self.network.normalized_${own}(${own})`];
    });
    const wanted = results.map(({ node }) => node);
    const preferred = new Map(results.map(({ role, name: own, node }) => [node, role === 'loss' ? 'loss' : own!]));
    const statements = this.#statements(
      this.parts.loss.map((layer) => ({ kind: 'layer', layer })),
      values.names,
      wanted,
      'self.network',
      preferred,
    );
    const found = results.map((result) => ({ ...result, value: statements.value(result.node) }));
    const loss = found.find(({ role }) => role === 'loss')!;
    const metrics = found.filter(({ role }) => role === 'metric');
    const measuring = [
      ...normalizing,
      ...statements.lines,
      code`metrics = {${metrics.flatMap((metric, k) => code`${k > 0 ? ', ' : ''}"${metric.name!}": ${metric.value}`)}}`,
      code`return ${loss.value}, metrics`,
    ];
    const write = (lines: readonly Code[]) =>
      indented(
        lines.flatMap((line) =>
          this.#modules.resolved(textOf(line)).replaceAll('self.network.self.', 'self.network.').split('\n'),
        ),
        8,
      );
    const calling = values.lines('self.network');
    const parameters = [...this.#parameters, ...targets];
    const methods = this.elaboration.settings.augment.mix
      ? this.#mixed(values.names, targets, write(calling), write(measuring))
      : [`    def forward(${['self', ...parameters].join(', ')}):`, ...markUnused(write([...calling, ...measuring]))];
    return [
      `class ${name}(nn.Module):`,
      `    """The loss of a batch, a mean over its images, and its metrics. Takes ${parameters.join(', ')}."""`,
      '',
      '    def __init__(self, network):',
      '        super().__init__()',
      '        self.network = network',
      '',
      ...methods,
    ].join('\n');
  }

  /** The loss of images that are mixed of two: a share by their own targets, the rest by those of their partners. */
  #mixed(
    names: ReadonlyMap<Node, string>,
    targets: readonly string[],
    calling: readonly string[],
    measuring: readonly string[],
  ): string[] {
    const given = [...this.#given.map((node) => names.get(node)!), ...this.#parameters];
    const used = given.filter((one) => measuring.some((line) => new RegExp(`\\b${one}\\b`).test(line)));
    const others = targets.map((target) => `partner_${target}`);
    const head = ['self', ...this.#parameters, ...targets, ...others.map((other) => `${other}=None`), 'share=1.0'];
    return [
      `    def forward(${head.join(', ')}):`,
      ...calling,
      ...indented(
        [
          `loss, metrics = self.measure(${[...used, ...targets].join(', ')})`,
          'if share < 1:',
          `    loss = share * loss + (1 - share) * self.measure(${[...used, ...others].join(', ')})[0]`,
          'return loss, metrics',
        ],
        8,
      ),
      '',
      `    def measure(${['self', ...used, ...targets].join(', ')}):`,
      ...measuring,
    ];
  }
}

const listOf = (values: readonly Code[]): Code => values.flatMap((value, k) => (k > 0 ? [', ', ...value] : [...value]));

function freezing(states: readonly State[]): string[] {
  if (states.length === 0) return [];
  const names = states.map(({ name }) => `    "${name}",`);
  return ['for name in (', ...names, '):', '    self.get_parameter(name).requires_grad_(False)'];
}
