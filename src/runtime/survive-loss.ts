/** @file Output that leads nowhere any more: a reader that has gone, a full disk, a terminal that was closed. */

interface Stream {
  on(event: 'error', listener: (error: { code?: string }) => void): unknown;
}

/** Tells once when the results can no longer be written. What goes to `err` is for people: they may leave. */
export function surviveLoss(out: Stream, err: Stream, report: { onLost?: (code: string) => void }): void {
  let lost = false;
  out.on('error', ({ code = 'error' }) => {
    if (!lost) report.onLost?.(code);
    if (code !== 'EPIPE') process.exitCode = 1; // also where the last line is lost, when all is done
    lost = true;
  });
  err.on('error', () => {});
}
