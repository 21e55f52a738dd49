// Asks the real PyYAML, where the machine has it: what it makes of a text is what this room has to make of it.

import { spawnSync } from 'node:child_process';

/** What PyYAML makes of a text: JSON with dates as `{"!": "date"}`, or an error's first line. */
export type PyYamlAnswer = { readonly value: unknown } | { readonly error: string };

const program = `
import json, sys, math, datetime, yaml
def plain(v):
    if isinstance(v, dict): return {'map': [[plain(k), plain(x)] for k, x in v.items()]}
    if isinstance(v, (list, tuple)): return [plain(x) for x in v]
    if isinstance(v, (datetime.date, datetime.datetime)): return {'date': str(v)}
    if isinstance(v, float) and (math.isinf(v) or math.isnan(v)): return {'beyond': str(v)}
    if isinstance(v, int) and not isinstance(v, bool) and abs(v) > 2**53 - 1: return {'beyond': str(v)}
    if isinstance(v, (bytes, set)): return {'other': str(v)}
    return v
for text in json.load(sys.stdin):
    try: answer = {'value': plain(yaml.safe_load(text))}
    except Exception as error: answer = {'error': str(error).split('\\n')[0]}
    print(json.dumps(answer))
`;

const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import yaml']).status === 0,
);

/** Why the tests with PyYAML are skipped; null if they are not. */
export const noPyYaml =
  python === undefined ? 'python3 has no yaml: apt-get install python3-yaml supplies it' : null;

/** PyYAML's answers, one for each text. */
export function askPyYaml(texts: readonly string[]): readonly PyYamlAnswer[] {
  const { stdout, stderr } = spawnSync(python ?? 'python3', ['-c', program], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
    maxBuffer: 64 * 1024 * 1024,
  });
  const answers = stdout.split('\n').filter(Boolean);
  if (answers.length !== texts.length) throw new Error(`PyYAML gave ${answers.length} answers: ${stderr}`);
  return answers.map((line) => JSON.parse(line) as PyYamlAnswer);
}
