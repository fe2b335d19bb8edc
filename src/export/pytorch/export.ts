/** @file A network as one Python file that PyTorch trains: its classes, its loss, and its `train` block as a script. */

import { pythonParts } from 'cnnc:pytorch';
import { product } from '../../common/shape.ts';
import { COMPILER_VERSION } from '../../common/version.ts';
import { FORMATS } from '../../data/formats.ts';
import { diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError, type Span } from '../../diagnostics/diagnostic.ts';
import type { ChosenInitialization, State } from '../../ir/graph.ts';
import { usualDecay } from '../../passes/update-rule.ts';
import { drawOf } from '../../plan/initial-draw.ts';
import type { Elaboration, ModelTarget } from '../../semantics/model.ts';
import type { Chosen } from '../../training/word.ts';
import { augmentText, knowsAugmentation, type Moved } from './augment.ts';
import { float, literal, tuple } from './code.ts';
import { Inexpressible } from './functions.ts';
import { isLinearInTargets } from './linear-loss.ts';
import { type NetworkText, networkText } from './network.ts';
import {
  averageText,
  clipText,
  isKnownDraw,
  optimizerText,
  scheduleText,
  scriptDraw,
  startText,
  watchesLoss,
} from './recipe.ts';

/** Reports CNN4301. */
export function exportPytorch(elaboration: Elaboration): string {
  const network = writtenNetwork(elaboration);
  const normed = elaboration.training.layers.some(({ operator }) => operator === 'batchnorm');
  const trains = network.loss !== undefined;
  const parts = [
    head(elaboration, network, normed),
    ...network.definitions,
    ...(trains ? settingsText(elaboration, network) : []),
    pythonParts.tensors!,
    ...(trains
      ? [
          pythonParts.starting!,
          normed ? pythonParts.norms! : NO_NORMS,
          pythonParts.data!,
          readersText(elaboration),
          pythonParts.training!,
        ]
      : []),
  ];
  return `${parts.map((part) => part.trim()).join('\n\n\n')}\n`;
}

const UNKNOWN = 'it is not known there';

const NO_NORMS = `def synchronised(network):
    return network`;

function refused(place: Span, what: string, why: string): DiagnosticError {
  return new DiagnosticError(diagnostic('CNN4301', `${what} cannot be written for PyTorch: ${why}`, { span: place }));
}

function writtenNetwork(elaboration: Elaboration): NetworkText {
  const { training } = elaboration;
  const targets = new Set(training.targets.map(({ node }) => node));
  for (const layer of training.steps)
    if (layer.states.length > 0 && layer.inputs.some((node) => targets.has(node)))
      throw refused(layer.span, `\`${layer.name}\``, 'it has parameters and reads a target');
  try {
    return networkText(elaboration);
  } catch (error) {
    if (error instanceof Inexpressible) throw refused(elaboration.place, `\`${training.name}\``, error.message);
    throw error;
  }
}

function head(elaboration: Elaboration, { loss }: NetworkText, normed: boolean): string {
  const { training } = elaboration;
  const trains = loss !== undefined;
  const data = trains && suggestedData(elaboration);
  const use = trains
    ? ['', `    python FILE --data ${data} --out run`, `    torchrun --nproc_per_node 2 FILE --data ${data} --out run`]
    : [];
  return [
    '"""',
    `The network ${training.name}, written by cnnc ${COMPILER_VERSION}.`,
    ...use,
    '"""',
    '',
    ...(trains ? ['import argparse', 'import csv', 'import gc', 'import gzip'] : []),
    'import json',
    'import math',
    'import os',
    ...(trains ? ['import re'] : []),
    'import struct',
    'import sys',
    ...(trains ? ['import time'] : []),
    '',
    'import numpy as np',
    'import torch',
    'import torch.distributed as dist',
    'import torch.nn.functional as F',
    'from torch import nn',
    ...(trains
      ? [
          ...(normed ? ['from torch.distributed.nn.functional import all_reduce'] : []),
          'from torch.nn.parallel import DistributedDataParallel',
          'from torch.utils.data.distributed import DistributedSampler',
        ]
      : []),
    '',
    '# This process among all that train together, and whether the images of its batch count.',
    'HERE = {"rank": 0, "world": 1, "counts": True}',
  ].join('\n');
}

function settingsText(elaboration: Elaboration, { name, loss, unused }: NetworkText): string[] {
  const { settings, training, place } = elaboration;
  const optimizer = optimizerText(settings.optimizer);
  if (!optimizer) throw refused(place, `the optimiser \`${settings.optimizer.kind}\``, UNKNOWN);
  const schedule = scheduleText(settings.schedule, settings.optimizer);
  if (!schedule) throw refused(place, `the schedule \`${settings.schedule.kind}\``, UNKNOWN);
  const augment = augmentationText(elaboration);
  const clip = clipText(settings.clip);
  if (!clip) throw refused(place, `the limit of gradients \`${settings.clip!.kind}\``, UNKNOWN);
  const average = averageText(settings.average);
  if (!average) throw refused(place, `the mean of the weights \`${settings.average!.kind}\``, UNKNOWN);
  const metrics = training.graph.results.flatMap((result) => (result.role === 'metric' ? [result] : []));
  const finishes = metrics.flatMap((metric) => (metric.finish ? [`"${metric.name}": "${metric.finish}"`] : []));
  const watches = settings.patience > 0 || watchesLoss(settings.schedule);
  const held = settings.validation ?? (watches && settings.watch !== 'test' ? 0.1 : 0);
  const own = ownRates(elaboration);
  const start = startText(settings.weightInitializer);
  if (!start) throw refused(place, `the initialiser \`${settings.weightInitializer.kind}\``, UNKNOWN);
  const constants = [
    `# The train block of ${training.name}.`,
    `NAME = ${literal(training.name)}`,
    `DATA = ${literal(settings.data)}`,
    `INPUTS = {${training.inputs.map((input) => `"${input.name}": ${tuple(input.shape)}`).join(', ')}}`,
    `TARGETS = {${training.targets.map(targetText).join(', ')}}`,
    `METRICS = (${metrics.map((metric) => `"${metric.name}",`).join(' ')})`,
    `FINISH = {${finishes.join(', ')}}`,
    `EPOCHS = ${settings.epochs}`,
    `BATCH = ${settings.batch}`,
    `ACCUMULATE = ${settings.accumulate}`,
    `LEARNING_RATE = ${settings.optimizer.lr}`,
    `SEED = ${settings.seed}`,
    `PATIENCE = ${settings.patience}`,
    `WATCH = "${settings.watch}"`,
    `VALIDATION = ${held}`,
    `UNUSED = ${literal(unused)}`,
    `AVERAGE = ${average}`,
    `INIT = ${start}`,
    `STARTS = ${tableText(startsOf(elaboration))}`,
    `OWN = ${tableText(own)}`,
  ];
  const build = `def build():\n    return ${name}()\n\n\ndef make_objective(network):\n    return ${loss}(network)`;
  return [constants.join('\n'), build, optimizer, clip, schedule, augment];
}

function augmentationText(elaboration: Elaboration): string {
  const { settings, training, place } = elaboration;
  const { steps, mix } = settings.augment;
  const unknown = [...steps, ...(mix?.words ?? [])].filter((step) => !knowsAugmentation(step));
  if (unknown.length > 0) throw refused(place, `the augmentation ${namesOf(unknown)}`, UNKNOWN);
  if (mix && !isLinearInTargets(training.graph))
    throw refused(
      place,
      `the augmentation ${namesOf(mix.words)}`,
      'the script adds up the losses of both targets, and this loss is no sum over the images',
    );
  const maps = training.targets.flatMap(({ node }, k) => (node.shape.length > 1 ? [k] : []));
  return augmentText({ steps, moved: movedOf(elaboration), ...(mix && { mix: { ...mix, maps } }) });
}

const namesOf = (words: readonly Chosen[]): string => words.map(({ kind }) => `\`${kind}\``).join(', ');

function targetText({ name, type, node }: ModelTarget): string {
  const classes = type.kind === 'class' ? type.classes : 0;
  return `"${name}": {"classes": ${classes}, "shape": ${tuple(node.shape)}}`;
}

function tableText(entries: readonly (readonly [string, string])[]): string {
  if (entries.length === 0) return '{}';
  return `{\n${entries.map(([name, value]) => `    "${name}": ${value},`).join('\n')}\n}`;
}

/** Parameters with a learning rate or weight decay of their own. */
function ownRates({ states, settings }: Elaboration): [string, string][] {
  return states.flatMap((state): [string, string][] => {
    const { name, role, rateFactor = 1, weightDecay = usualDecay(settings.optimizer, state) } = state;
    const usual = rateFactor === 1 && weightDecay === settings.optimizer.weight_decay;
    return role !== 'parameter' || usual ? [] : [[name, `(${float(rateFactor)}, ${float(weightDecay)})`]];
  });
}

/** Parameters that do not start by the rule of the script. */
function startsOf({ states, settings, place }: Elaboration): [string, string][] {
  return states.flatMap((state): [string, string][] => {
    if (state.role !== 'parameter') return [];
    const { kind, value } = drawOf(state.initializer);
    if (!isKnownDraw(kind)) throw refused(place, `the initialiser \`${kind}\``, UNKNOWN);
    const usual = usualStart(state, settings.weightInitializer);
    const same = usual.kind === kind && Math.abs(usual.value - value) <= 1e-12 * Math.abs(value);
    return same ? [] : [[state.name, `("${kind}", ${float(value)})`]];
  });
}

function usualStart({ name, shape }: State, init: ChosenInitialization) {
  if (shape.length < 2) return { kind: 'constant', value: name.endsWith('bias') ? 0 : 1 };
  const rest = product(shape.slice(1));
  const fanOut = shape[0]! * product(shape.slice(2));
  return scriptDraw(init, { fanIn: rest, fanOut });
}

/** The maps that augmentations move, and what comes in from outside: what is 0 once it is normalised, or no class. */
function movedOf({ training, settings }: Elaboration): Moved {
  const { inputs: chosen } = settings.augment;
  const inputs = training.inputs.flatMap(({ name, shape }, k) =>
    shape.length > 1 && (chosen?.includes(name) ?? true) ? [k] : [],
  );
  const targets = training.targets.flatMap(({ node }, k) => (node.shape.length > 1 ? [k] : []));
  const fills = [
    ...inputs.map((k) => {
      const mean = settings.normalize?.get(training.inputs[k]!.name)?.mean;
      return mean ? `[${mean.join(', ')}]` : '0.0';
    }),
    ...targets.map((k) => {
      const { type } = training.targets[k]!;
      return type.kind === 'class' ? `${type.ignore ?? 0}` : '0.0';
    }),
  ];
  return { inputs, targets, fills };
}

/** The readers of data that can serve the network, by their names. */
function readersOf({ training: { inputs, targets } }: Elaboration): string[] {
  const [input] = inputs;
  const classes = targets.length === 1 && targets[0]!.type.kind === 'class' ? targets[0]!.type.classes : 0;
  if (inputs.length > 1 || classes === 0) return ['npz'];
  const { shape } = input!;
  const isMap = shape.length === 3;
  const usual: Readonly<Record<string, boolean>> = {
    npz: true,
    csv: true,
    images: isMap && [1, 3, 4].includes(shape[0]!),
    mnist: isMap && shape[0] === 1,
    cifar10: shape.join() === '3,32,32',
    cifar100: shape.join() === '3,32,32',
  };
  const readers = Object.keys(usual).filter((name) => usual[name]);
  return readers;
}

/** By the shape of their images and the number of their classes. */
const KNOWN_SETS: Readonly<Record<string, string>> = {
  '1,28,28 10': 'mnist',
  '3,32,32 10': 'cifar10',
  '3,32,32 100': 'cifar100',
};

/** Data as the `train` block has them, where the script reads those, or what fits the network. */
function suggestedData(elaboration: Elaboration): string {
  const { training, settings } = elaboration;
  const readers = readersOf(elaboration);
  const type = training.targets[0]?.type;
  const known = KNOWN_SETS[`${training.inputs[0]!.shape} ${type?.kind === 'class' ? type.classes : 0}`] ?? '';
  const name = [settings.data.split(':')[0]!, known, 'images', 'csv', 'npz'].find((one) => readers.includes(one))!;
  return `${name}:${FORMATS.find((format) => format.name === name)!.place}`;
}

function readersText(elaboration: Elaboration): string {
  const readers = readersOf(elaboration).map((name) => `"${name}": read_${name}`);
  return `READERS = {${readers.join(', ')}}\nSUGGESTED = ${literal(suggestedData(elaboration))}`;
}
