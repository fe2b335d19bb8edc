/**
 * @file The way that users go: real modules of both targets, from text to trainer. Gradients and predictions equal the naive
 * evaluation of the graphs; prediction equals the forward pass of training where the modes do not differ; and three steps
 * give the same losses, metrics, parameters and predictions on both targets.
 */

import { emitModule } from '../../src/compile.ts';
import { elementCount, type Graph, type Result, sourceOf } from '../../src/ir/graph.ts';
import { eliminateDead } from '../../src/passes/eliminate-dead.ts';
import { drawOf } from '../../src/plan/initial-draw.ts';
import type { NetworkDescription } from '../../src/runtime/executable.ts';
import type { Batch, Trainer } from '../../src/runtime/trainer-api.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import type { TargetName } from '../../src/targets/target.ts';
import { importModule } from '../support/load-module.ts';
import { evaluateNaively } from '../support/naive.ts';
import { elaborated, type Outcome, settingFor } from './check-network.ts';
import { describe, expectClose, firstError, largest, type Values } from './closeness.ts';
import { type Data, isUnstable, type Setting, STEPS, TOLERANCE } from './train-targets.ts';

const COUNT = 5;
const SEED = 7;

export async function checkModules(text: string, seed: number): Promise<Outcome> {
  const elaboration = elaborated(text);
  const setting = settingFor(elaboration, { count: COUNT, seed });
  const js = await trainerFor(elaboration, 'js');
  const wasm = await trainerFor(elaboration, 'wasm');
  const data = { ...setting.data, ...initialStates([setting.derived, elaboration.inference.graph], js) };
  try {
    compareTrainers(elaboration, { ...setting, data }, { js, wasm });
  } catch (error) {
    // Both targets store in f32.
    if (!isUnstable({ ...setting, data })) throw error;
    return { isUnstable: true };
  } finally {
    for (const trainer of [js, wasm]) trainer.dispose();
  }
  return { isUnstable: false };
}

function compareTrainers(elaboration: Elaboration, setting: Setting, { js, wasm }: Record<TargetName, Trainer>): void {
  const batch = batchOf(js.network, setting.data);
  compareGradients(setting, js.gradients(batch));
  comparePredictions(elaboration, setting.data, js.predictAll(batch.images));
  const [exact, rounded] = [train(js, batch), train(wasm, batch)];
  const worst = firstError(exact, rounded, TOLERANCE);
  if (!worst) return;
  const { label, error } = worst;
  throw new Error(describe(`${label} of the modules`, error, rounded.get(label)!, exact.get(label)!));
}

async function trainerFor(elaboration: Elaboration, target: TargetName): Promise<Trainer> {
  const { code } = await emitModule(elaboration, { target, maxBatch: COUNT });
  const { createTrainer } = await importModule(code);
  return createTrainer({ seed: SEED });
}

/** The parameters that the trainer drew; running statistics and states of the optimiser as they begin. */
function initialStates(graphs: readonly Graph[], { parameters }: Trainer): Data {
  const nodes = graphs.flatMap((graph) => graph.nodes);
  const states = nodes.flatMap((node) => {
    const source = sourceOf(node);
    return source?.role === 'state' ? [[node.name, source.state] as const] : [];
  });
  const initial = ({ name, shape, initializer }: (typeof states)[number][1]) =>
    parameters.get(name)?.data.slice() ?? new Float32Array(elementCount(shape)).fill(drawOf(initializer).value);
  return Object.fromEntries(states.map(([name, state]) => [name, initial(state)]));
}

function batchOf({ inputs, targets }: NetworkDescription, data: Data): Batch {
  const arrays = (ports: Readonly<Record<string, readonly number[] | { readonly shape?: readonly number[] }>>) =>
    Object.entries(ports).map(([name, port]) => {
      const shape = Array.isArray(port) ? port : ('shape' in port && port.shape) || [];
      // What no gradient depends on is not among the data.
      return [name, Float32Array.from(data[name] ?? new Float32Array(COUNT * elementCount(shape)))] as const;
    });
  return { images: Object.fromEntries(arrays(inputs)), labels: Object.fromEntries(arrays(targets)) };
}

/** Dropout draws what only the trainer knows. */
const isRandom = (graph: Graph) => graph.nodes.some((node) => sourceOf(node)?.role === 'seed');

function compareGradients({ derived, data, count }: Setting, found: Map<string, Float32Array>): void {
  if (isRandom(derived)) return;
  const gradients = derived.results.filter(({ role }) => role === 'gradient');
  const naive = evaluateNaively(derived, { count, data });
  const floor = Math.max(1e-3, ...gradients.map(({ node }) => 0.1 * largest(naive.get(node)!)));
  for (const { state, node } of gradients as Extract<Result, { role: 'gradient' }>[])
    expectClose(found.get(state.name)!, naive.get(node)!, {
      floor,
      tolerance: TOLERANCE,
      label: `gradient of ${state.name} by the module`,
    });
}

function comparePredictions({ training, inference }: Elaboration, data: Data, found: Map<string, Float32Array>): void {
  const outputsOf = (graph: Graph) =>
    eliminateDead({ ...graph, results: graph.results.filter(({ role }) => role === 'output') });
  const compare = (graph: Graph, mode: string) => {
    const naive = evaluateNaively(graph, { count: COUNT, data });
    for (const { name, node } of graph.results as Extract<Result, { role: 'output' }>[])
      expectClose(found.get(name)!, naive.get(node)!, {
        floor: 1e-3,
        tolerance: TOLERANCE,
        label: `${name} in ${mode}`,
      });
  };
  compare(outputsOf(inference.graph), 'inference');
  // Statistics of the batch are stored besides.
  const differs = isRandom(training.graph) || training.graph.results.some(({ role }) => role === 'assign');
  if (!differs) compare(outputsOf(training.graph), 'training');
}

function train(trainer: Trainer, batch: Batch): Values {
  const found = new Map<string, ArrayLike<number>>();
  for (const [name, values] of trainer.gradients(batch)) found.set(`gradient ${name}`, values);
  for (let step = 1; step <= STEPS; step++) found.set(`loss in step ${step}`, [trainer.step(batch, { lr: 0.01 }).loss]);
  found.set('loss in evaluation', [trainer.evaluate(batch).loss]);
  for (const [name, { data }] of trainer.parameters) found.set(name, data.slice());
  for (const [name, values] of trainer.predictAll(batch.images)) found.set(`output ${name}`, values);
  return found;
}
