import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { expect, test } from 'vitest';
// @ts-expect-error plain JavaScript
import { makeExtension } from '../../scripts/vsix.mjs';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('the extension for VS Code has all that it names, and its program runs by itself', async () => {
  const folder = temporaryFolder('cnnc-vsix-test-');
  const file = join(folder, 'cnnc.vsix');
  await makeExtension(file);
  const parts = Object.fromEntries(
    Object.entries(unzipSync(readFileSync(file))).map(([name, bytes]) => [name, strFromU8(bytes)]),
  );
  const { contributes, main, version } = JSON.parse(parts['extension/package.json']!);
  expect(version).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version);
  const named = [
    main,
    ...[...contributes.grammars, ...contributes.snippets].map(({ path }) => path),
    contributes.languages[0].configuration,
  ];
  for (const path of named) expect(parts[`extension/${path.slice(2)}`]!.length, path).toBeGreaterThan(100);
  const manifest = parts['extension.vsixmanifest']!;
  for (const [, path] of manifest.matchAll(/Path="([^"]*)"/g)) expect(parts).toHaveProperty([path!]);
  expect(manifest).toContain(`Version="${version}"`);
  expect(parts['[Content_Types].xml']).toContain('.cjs');
  for (const { command } of contributes.commands) expect(parts['extension/extension.cjs']).toContain(`"${command}"`);
  expect(JSON.parse(parts['extension/snippets.json']!)).toHaveProperty(['network', 'body']);
  expect(parts['extension/THIRD_PARTY_LICENSES']).toContain('vscode-languageclient');
  const program = join(folder, 'cnnc.mjs');
  writeFileSync(program, parts['extension/cnnc.mjs']!);
  const message = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { processId: null, rootUri: null, capabilities: {} },
  });
  const input = `Content-Length: ${message.length}\r\n\r\n${message}`;
  const server = spawn(process.execPath, [program, 'lsp'], { stdio: ['pipe', 'pipe', 'inherit'] });
  // The server ends with its input, which stays open until it has answered.
  server.stdin.write(input);
  let answer = '';
  for await (const piece of server.stdout) {
    answer += piece;
    if (answer.includes('hoverProvider')) break;
  }
  server.kill();
  expect(answer).toContain('"hoverProvider":true');
});
