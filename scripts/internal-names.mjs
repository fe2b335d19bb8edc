/**
 * Properties of objects that only the runtime sees: bundles call them by a letter. A name in this list must mean nothing to
 * those who use a module, to checkpoints, to the platform, and to the text that is printed around the runtime; a test
 * looks for them there.
 */
export const INTERNAL_NAMES = [
  'breathEvery',
  'compiled',
  'copyGradients',
  'copyWeights',
  'isDisposed',
  'engine',
  'swapMeans',
  'examples',
  'executable',
  'feed',
  'fits',
  'held',
  'isBest',
  'notices',
  'order',
  'planned',
  'pool',
  'requireIdle',
  'requireLive',
  'runPhase',
  'setWeights',
  'stepThen',
  'swapped',
  'unfinished',
  'waited',
  'wanted',
];

const FIRST = 'A'.charCodeAt(0);

/** The same letters in all bundles, as parts of the runtime work with each other's objects. */
export const letters = Object.fromEntries(INTERNAL_NAMES.map((name, k) => [name, String.fromCharCode(FIRST + k)]));
