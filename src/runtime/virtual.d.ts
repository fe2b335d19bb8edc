/** The bundled text of `src/runtime/entry.ts`, made by `scripts/runtime-plugin.mjs`; evaluating it defines `cnncRuntime`. */
declare module 'cnnc:runtime' {
  export const runtimeSource: string;
  /** The bundled text of `src/runtime/device-entry.ts`, which defines `cnncRuntime` in modules for graphics cards. */
  export const deviceSource: string;
  /** The bundled text of `src/runtime/auto-entry.ts`, of modules that train on either. */
  export const autoSource: string;
  /** The bundled text of `src/runtime/predictor-entry.ts`, which defines `cnncRuntime` in modules that only predict. */
  export const predictorSource: string;
  /** The bundled text of `src/runtime/start.ts`, which defines `cnncStart`. */
  export const startSource: string;
  /** The bundled text of `src/runtime/program.ts`, compressed by Brotli, in base 64; it returns `main`. */
  export const packedProgram: string;
  /** The bundled text of `src/runtime/team.ts`, which defines `cnncTeam`. */
  export const teamSource: string;
  /** The bundled text of `src/runtime/wide.ts`, which defines `cnncWide`. */
  export const wideSource: string;
  /** The bundled text of `src/runtime/crew.ts`, which defines `cnncCrew`. */
  export const crewSource: string;
  /** The bundled texts of `inside-weights.ts`, `dense-weights.ts` and `picture-input.ts`: `cnncInside`, `cnncDense`, `cnncPictures`. */
  export const insideSource: string;
  export const denseSource: string;
  export const picturesSource: string;
  /** The bundled text of `src/runtime/packed-kernels.ts`, which defines `cnncKernels`. */
  export const kernelsSource: string;
  /** The bundled text of `src/runtime/carry.ts`, which defines `cnncCarry`. */
  export const carrySource: string;
  /** The bundled text of `src/runtime/fractions.ts`, which defines `cnncFractions`. */
  export const fractionsSource: string;
  /** The bundled text of `src/runtime/schedule.ts`, which defines `cnncSchedule`. */
  export const scheduleSource: string;
  /** The bundled text of `src/runtime/augment.ts`, which defines `cnncAugment`. */
  export const augmentSource: string;
  /** The bundled text of `src/runtime/retouch.ts`, which defines `cnncRetouch`. */
  export const retouchSource: string;
  /** The bundled text of `src/runtime/mix.ts`, which defines `cnncMix`. */
  export const mixSource: string;
  /** The bundled text of `src/runtime/average.ts`, which defines `cnncAverage`. */
  export const averageSource: string;
  /** The bundled text of `src/runtime/confusion.ts`, which defines `cnncConfusion`. */
  export const confusionSource: string;
  /** The bundled text of `src/runtime/trainer-worker.ts`, which defines `cnncRemote`. */
  export const remoteSource: string;
  /** The same of modules that train on graphics cards, from `src/runtime/device-worker.ts`. */
  export const deviceRemoteSource: string;
  /** By the name of an augmentation: an expression that is its `effect`. */
  export const augmentationSources: Readonly<Record<string, string>>;
  /** By the name of an initialiser: an expression that is its `effect`. */
  export const initializerSources: Readonly<Record<string, string>>;
  /** By the name of a schedule: an expression that is its `effect`. */
  export const scheduleSources: Readonly<Record<string, string>>;
  /** The bundled text of `src/runtime/worker.ts`, minified; it defines `cnncWorker` in a worker. */
  export const workerSource: string;
  /** Declarations: the texts of `image-types.ts` and `image-source.ts` in `src/data`, and of three files here. */
  export const imageTypes: string;
  /** In its place where pictures of any size are taken. */
  export const pictureTypes: string;
  export const sourceTypes: string;
  /** The text of `predictor-api.ts`, of `trainer-api.ts` and of `worker-api.ts`. */
  export const predictorTypes: string;
  export const trainerTypes: string;
  export const workerTypes: string;
  export const deviceTypes: string;
  export const deviceWorkerTypes: string;
  export const wideTypes: string;
}
