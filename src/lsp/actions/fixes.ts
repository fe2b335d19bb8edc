/** @file The certain fixes of mistakes and of what rules find. */
import type { Action, ActionSource } from './action.ts';

export const fixes: ActionSource = ({ diagnostics }) =>
  diagnostics.flatMap((diagnostic): Action[] => {
    const { fix } = diagnostic;
    return fix?.edits?.length ? [{ title: fix.message, kind: 'fix', edits: fix.edits, diagnostic }] : [];
  });
