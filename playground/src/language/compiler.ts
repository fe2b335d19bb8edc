/** @file The worker that makes modules. It is started when something is trained or taken along for the first time. */
import { serve } from '../workers.ts';
import { answers, soundElaboration } from './answers.ts';
import {
  type DeviceWish,
  type Emitted,
  type EmittedCode,
  emit,
  emitModuleText,
  kernelsOf,
  type ShownKernel,
} from './emit.ts';

const all = {
  ...answers,
  /** What the training worker runs. */
  compile(text: string, network: string | undefined, wish: DeviceWish): Promise<Emitted> {
    return emit(soundElaboration(text, network), wish);
  },
  /** The functions that compute a layer, and its gradient. */
  kernels(text: string, network: string | undefined, layer: string): ShownKernel[] {
    return kernelsOf(soundElaboration(text, network), layer);
  },
  /** What is taken along. */
  module(text: string, network?: string): Promise<EmittedCode> {
    return emitModuleText(soundElaboration(text, network));
  },
};

export type CompilerAnswers = typeof all;

serve(all);
