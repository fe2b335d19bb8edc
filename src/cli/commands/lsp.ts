/** @file `cnnc lsp`: the language server on standard input and output. */
import { serve } from '../language-server/server.ts';

/** Ends with the editor. The protocol's library is loaded here: no other command needs it. */
export async function languageServer(): Promise<void> {
  await serve(await import('vscode-languageserver/node'));
}
