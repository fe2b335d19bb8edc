/** @file What the figures were taken on. A figure without this is worth nothing. */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';

export function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    /** Processes that wanted to run, on average over the last minute, before the benchmarks began. */
    load: loadavg()[0],
    date: new Date().toISOString(),
  };
}

export function showMachine({ cpu, cores, memoryBytes, system, node, v8, load, date }) {
  const busy = load > 0.5 ? `\nthe machine is busy (load ${load.toFixed(2)}): trust the ratios, not the speeds` : '';
  const memory = `${(memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  return `${cpu}, ${cores} cores, ${memory}, ${system}\nNode ${node}, V8 ${v8}, ${date}${busy}`;
}

/**
 * The largest resident set of this process so far, in bytes. Linux: `VmHWM`, since `ru_maxrss` also remembers the
 * process that started this one.
 */
export function peakMemory() {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return Number(kibibytes) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
