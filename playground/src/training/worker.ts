/** @file The worker that trains: one network at a time. */
import type { Emitted } from '../language/emit.ts';
import { serve, tell } from '../workers.ts';
import type { DataSource } from './data-for.ts';
import { type Look, Session, type SessionOptions, type Started, type Subject } from './session.ts';

let session: Session | undefined;

function current(): Session {
  if (!session) throw new Error('nothing is being trained');
  return session;
}

const answers = {
  async start(emitted: Emitted, source: DataSource, { seed, ...options }: SessionOptions): Promise<Started> {
    await session?.end();
    session = await Session.start(emitted, source, { ...options, ...(seed !== undefined && { seed }) }, tell);
    return session.started;
  },
  play(): Promise<void> {
    return current().play();
  },
  step(): Promise<void> {
    return current().play(1);
  },
  pause(): Promise<void> {
    return current().pause();
  },
  rate(rate: number): Promise<void> {
    return current().setRate(rate);
  },
  look(subject: Subject): Promise<Look> {
    return current().look(subject);
  },
  async save(): Promise<Uint8Array<ArrayBuffer>> {
    return current().save();
  },
};

export type TrainingAnswers = typeof answers;

serve(answers);
