/** @file This project, JavaScript target. */
import { setUpOwn } from '../own-contender.mjs';

export function setup(task) {
  return setUpOwn('js', task);
}
