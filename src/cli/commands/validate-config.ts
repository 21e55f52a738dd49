// `ztps --validate-config`: says of every file of the data root whether a switch could stumble on it.

import type { Problem } from '../../engine/problem.js';
import type { SiteReport } from '../../provisioning/check-site.js';
import type { CliContext, GlobalOptions } from '../context.js';
import { printable } from '../printable.js';
import { readBuiltInActions } from '../shipped-files.js';
import { useDataRoot } from '../use-data-root.js';

/** Prints the report; 1 if a file has an error, else 0. */
export async function validateConfig(options: GlobalOptions, context: CliContext): Promise<number> {
  const report = await useDataRoot(options, context, async (root) =>
    root.checkSite(await readBuiltInActions()),
  );
  const ok = report.every(({ problems }) => problems.every(({ severity }) => severity !== 'error'));
  context.print(options.json ? `${JSON.stringify({ ok, files: report }, null, 2)}\n` : writeReport(report));
  return ok ? 0 : 1;
}

function writeReport(report: SiteReport): string {
  return report
    .flatMap(({ path, problems }) => [
      `Validating ${printable(path)}...`,
      ...(problems.length === 0 ? ['Ok!'] : sortProblems(problems).map((it) => writeProblem(path, it))),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const rank = (problem: Problem) => (problem.severity === 'error' ? 0 : 1);
  return [...problems].sort((a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0));
}

function writeProblem(path: string, { severity, line, reason }: Problem): string {
  return `${severity.toUpperCase()}: ${printable(path)}${line === null ? '' : `:${line}`}: ${reason.replace(/\s*\n\s*/g, ' ')}`;
}
