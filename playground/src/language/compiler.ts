/** @file The worker that makes modules. It is started when something is trained or taken along for the first time. */
import { serve } from '../workers.ts';
import { answers, soundElaboration } from './answers.ts';
import { type Emitted, type EmittedCode, emit, emitModuleText } from './emit.ts';

const all = {
  ...answers,
  /** What the training worker runs. */
  compile(text: string, network?: string): Promise<Emitted> {
    return emit(soundElaboration(text, network));
  },
  /** What is taken along. */
  module(text: string, network?: string): Promise<EmittedCode> {
    return emitModuleText(soundElaboration(text, network));
  },
};

export type CompilerAnswers = typeof all;

serve(all);
