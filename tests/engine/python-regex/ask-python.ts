// Asks a real python3 what its re module says of many expressions at once, for tests that compare.
import { spawnSync } from 'node:child_process';

/** One question: an expression and the texts to try it on. */
export interface RegexQuestion {
  readonly regex: string;
  readonly texts: readonly string[];
}

/** Per text whether it matches at the start; null if the expression is invalid. */
export type RegexAnswer = readonly boolean[] | null;

// One question a line, one answer a line; an alarm ends what backtracks for too long (answer: "slow").
const PROGRAM = `
import json, re, signal, sys, warnings
warnings.simplefilter('ignore')
class Slow(Exception): pass
def too_slow(*_): raise Slow
signal.signal(signal.SIGALRM, too_slow)
for line in sys.stdin:
    question = json.loads(line)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        regex = re.compile(question['regex'])
        answer = [regex.match(text) is not None for text in question['texts']]
    except Slow: answer = 'slow'
    except (re.error, OverflowError, ValueError, RecursionError): answer = None
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(json.dumps(answer))
`;

const CODE_POINTS_PROGRAM = `
import json, re, sys
asked = json.load(sys.stdin)
text = ''.join(map(chr, range(0x110000)))
if asked['cased']:
    text = ''.join(c for c in text if c.lower() != c or c.upper() != c)
regexes = asked['regexes'] if asked['regexes'] else ['(?i)' + c for c in text]
print(json.dumps([[ord(c) for c in re.findall(regex, text)] for regex in regexes]))
`;

/** The version of Unicode that python3 knows, for which 14.0.0 says that it is Python 3.11; undefined without python3. */
export function pythonUnicodeVersion(): string | undefined {
  const asked = spawnSync('python3', ['-c', 'import unicodedata; print(unicodedata.unidata_version)']);
  return asked.status === 0 ? asked.stdout.toString().trim() : undefined;
}

/** Per expression, all code points that it matches. */
export function askPythonForCodePoints(regexes: readonly string[]): number[][] {
  return codePoints(regexes, false);
}

/** For each code point that has another case: all that IGNORECASE takes for the same, itself included. */
export function askPythonForCases(): number[][] {
  return codePoints([], true);
}

/** Answers in the order of the questions; `slow` if Python itself takes over a second. */
export function askPython(questions: readonly RegexQuestion[]): (RegexAnswer | 'slow')[] {
  const lines = questions.map((question) => `${JSON.stringify(question)}\n`);
  return runPython(PROGRAM, lines.join('')).map((line) => JSON.parse(line));
}

function codePoints(regexes: readonly string[], cased: boolean): number[][] {
  return JSON.parse(runPython(CODE_POINTS_PROGRAM, JSON.stringify({ regexes, cased })).join(''));
}

function runPython(program: string, input: string): string[] {
  const asked = spawnSync('python3', ['-c', program], { input, maxBuffer: 2 ** 28 });
  if (asked.status !== 0) throw new Error(asked.stderr.toString());
  return asked.stdout.toString().trim().split('\n');
}
