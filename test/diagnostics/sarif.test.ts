/** @file SARIF 2.1.0: objects have the properties that the standard's schema requires, and no others of ours. */
import { describe, expect, it } from 'vitest';
import { diagnostic } from '../../src/diagnostics/catalogue.ts';
import { toSarif } from '../../src/diagnostics/to-sarif.ts';

const text = 'network N {\n  y = "😀" -> reluu\n}\n';
const span = (word: string, file = 'a folder/net.cnn') => {
  const start = text.indexOf(word);
  return { file, start, end: start + word.length };
};

const sources = new Map([['a folder/net.cnn', text]]);
const entry = { severity: 'error', title: 'a title', explanation: 'Why.', wrong: 'a\nb', right: 'c' } as const;
const options = { version: '1.2.3', entryOf: (code: string) => (code === 'CNN2001' ? entry : undefined) };
const found = [
  { code: 'CNN5001', severity: 'advice', message: 'some advice', notes: [], span: span('network N') } as const,
  diagnostic('CNN2001', 'unknown name `reluu`', {
    span: span('reluu'),
    notes: [{ message: 'in here', span: span('N') }, { message: 'nowhere' }],
    fix: {
      message: 'did you mean `relu`?',
      edits: [
        { span: span('y'), replacement: 'z' },
        { span: span('reluu'), replacement: 'relu' },
      ],
    },
  }),
  diagnostic('CNN2001', 'without a place', { fix: { message: 'only advice' } }),
  diagnostic('CNN2001', 'unread', { span: { file: '/tmp/missing#1.cnn', start: 0, end: 0 } }),
];

// biome-ignore lint/suspicious/noExplicitAny: any JSON
const log = JSON.parse(JSON.stringify(toSarif(found, sources, options))) as any;
const [run] = log.runs;

/** Of sarif-schema-2.1.0.json: what each object must have, and which of the rest are used here. All forbid other properties. */
const SCHEMA: Readonly<Record<string, readonly [required: readonly string[], optional: readonly string[]]>> = {
  sarifLog: [['version', 'runs'], ['$schema']],
  run: [['tool'], ['results', 'columnKind']],
  tool: [['driver'], []],
  toolComponent: [['name'], ['semanticVersion', 'rules']],
  reportingDescriptor: [['id'], ['shortDescription', 'fullDescription', 'help', 'defaultConfiguration']],
  multiformatMessageString: [['text'], ['markdown']],
  reportingConfiguration: [[], ['level']],
  result: [['message'], ['ruleId', 'ruleIndex', 'level', 'locations', 'relatedLocations', 'fixes']],
  message: [['text'], []],
  location: [[], ['physicalLocation', 'message']],
  physicalLocation: [['artifactLocation'], ['region']],
  artifactLocation: [[], ['uri']],
  region: [[], ['startLine', 'startColumn', 'endLine', 'endColumn']],
  fix: [['artifactChanges'], ['description']],
  artifactChange: [['artifactLocation', 'replacements'], []],
  replacement: [['deletedRegion'], ['insertedContent']],
  artifactContent: [[], ['text']],
};

/** The kind of what stands under a property, where it is an object or a list of them. */
const KINDS: Readonly<Record<string, string>> = {
  runs: 'run',
  tool: 'tool',
  driver: 'toolComponent',
  rules: 'reportingDescriptor',
  shortDescription: 'multiformatMessageString',
  fullDescription: 'multiformatMessageString',
  help: 'multiformatMessageString',
  defaultConfiguration: 'reportingConfiguration',
  results: 'result',
  message: 'message',
  description: 'message',
  locations: 'location',
  relatedLocations: 'location',
  physicalLocation: 'physicalLocation',
  artifactLocation: 'artifactLocation',
  region: 'region',
  deletedRegion: 'region',
  fixes: 'fix',
  artifactChanges: 'artifactChange',
  replacements: 'replacement',
  insertedContent: 'artifactContent',
};

function violations(value: object, kind: string): string[] {
  const [required, optional] = SCHEMA[kind]!;
  const keys = Object.keys(value);
  const missing = required.filter((key) => !keys.includes(key)).map((key) => `${kind} lacks ${key}`);
  const foreign = keys.filter((key) => ![...required, ...optional].includes(key)).map((key) => `${kind} has ${key}`);
  const within = Object.entries(value).flatMap(([key, inner]) => {
    if (inner === null || typeof inner !== 'object') return [];
    return [inner].flat().flatMap((one) => violations(one, KINDS[key]!));
  });
  return [...missing, ...foreign, ...within];
}

describe('SARIF', () => {
  it('has the form of the standard', () => {
    expect(violations(log, 'sarifLog')).toEqual([]);
    expect(violations({ runs: [{}] }, 'sarifLog')).toEqual(['sarifLog lacks version', 'run lacks tool']);
    expect([log.version, run.columnKind, run.tool.driver.semanticVersion]).toEqual([
      '2.1.0',
      'utf16CodeUnits',
      '1.2.3',
    ]);
  });

  it('lists the codes that were reported, each once, as rules', () => {
    const rules = run.tool.driver.rules;
    expect(rules.map(({ id }: { id: string }) => id)).toEqual(['CNN2001', 'CNN5001']);
    for (const { ruleId, ruleIndex } of run.results) expect(rules[ruleIndex].id).toBe(ruleId);
    expect(rules[0].help.text).toContain('Wrong:\n\n    a\n    b\n');
    expect(rules[0].defaultConfiguration).toEqual({ level: 'error' });
  });

  it('knows three levels', () => {
    expect(run.results.map(({ level }: { level: string }) => level)).toEqual(['note', 'error', 'error', 'error']);
  });

  it('counts columns in UTF-16 units from 1, ends exclusive', () => {
    const [, mistake] = run.results;
    expect(mistake.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'a%20folder/net.cnn' },
      // The picture is two units.
      region: { startLine: 2, startColumn: 15, endLine: 2, endColumn: 20 },
    });
    expect(mistake.relatedLocations[0].message.text).toBe('in here');
    expect(mistake.message.text).toBe('unknown name `reluu`\nnote: nowhere\nhelp: did you mean `relu`?');
  });

  it('has fixes that are certain', () => {
    const [{ fixes: none }, { fixes }] = run.results;
    expect(none).toBeUndefined();
    const [change, ...others] = fixes[0].artifactChanges;
    expect([fixes.length, others, change.artifactLocation.uri]).toEqual([1, [], 'a%20folder/net.cnn']);
    expect(
      change.replacements.map(
        ({ deletedRegion, insertedContent }: { [key: string]: { startColumn: number; text: string } }) => [
          deletedRegion!.startColumn,
          insertedContent!.text,
        ],
      ),
    ).toEqual([
      [3, 'z'],
      [15, 'relu'],
    ]);
  });

  it('has no region where there is no text, and no place where there is none', () => {
    const [, , placeless, unread] = run.results;
    expect(placeless.locations).toBeUndefined();
    expect(unread.locations[0].physicalLocation).toEqual({ artifactLocation: { uri: 'file:///tmp/missing%231.cnn' } });
  });
});
