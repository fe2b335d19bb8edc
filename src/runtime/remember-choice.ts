/** @file The device that was chosen for a network on this machine, kept by the page it was chosen in. Elsewhere callers keep it. */
import type { DeviceChoice } from './device-api.ts';

export function isChoice(value: unknown): value is DeviceChoice {
  const { device, hash, adapter, threads } = (value ?? {}) as Partial<DeviceChoice>;
  return /^(webgpu|cpu)$/.test(String(device)) && Boolean(hash) && typeof adapter === 'string' && Number(threads) > 0;
}

const keyOf = (hash: string, adapter: string) => `cnnc ${hash} ${adapter}`;

/** Pages that are not trusted have none: asking for it throws. Nothing is written into files of programs. */
function storage(): Storage | undefined {
  return 'document' in globalThis ? globalThis.localStorage : undefined;
}

export function recall(hash: string, adapter: string): DeviceChoice | undefined {
  try {
    const found: unknown = JSON.parse(storage()?.getItem(keyOf(hash, adapter)) ?? 'null');
    return isChoice(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

export function remember(choice: DeviceChoice): void {
  try {
    storage()?.setItem(keyOf(choice.hash, choice.adapter), JSON.stringify(choice));
  } catch {
    // It is measured again next time.
  }
}
