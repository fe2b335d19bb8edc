/** @file What users must not change. */

/** Freezes what describes the network, which much depends on. */
export function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}
