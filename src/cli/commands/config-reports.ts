// How the versions of a node's config, and what they differ by, look on a terminal.

import type { DiffReport, HistoryReport, VersionReport } from '../../wire/config-history.js';
import { printableLine } from '../printable.js';
import { tellTime } from '../tell-time.js';
import type { Colours } from '../terminal.js';

const titles = ['VERSION', 'TIME', 'BYTES', 'SOURCE', 'FROM', 'SHA-256'];

/** Newest first, what else happened between them. */
export function writeHistory(report: HistoryReport, colours: Colours): string {
  const { node, present } = report;
  const entries = sortEntries(report).reverse();
  const table = [titles, ...entries.map((row) => row.map(printableLine))];
  const widths = titles.map((_, column) =>
    Math.max(...table.map((row) => (row.length < titles.length ? 0 : (row[column]?.length ?? 0)))),
  );
  const lines = table.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return titles[column] === 'BYTES' && row.length === titles.length
        ? cell.padStart(width)
        : cell.padEnd(width);
    });
    return cells.join('  ').trimEnd();
  });
  const [title = '', ...others] = lines;
  const said = entries.length === 0 ? [`${node} has no version yet`] : [colours.bold(title), ...others];
  if (present && present.version === null) {
    said.push(
      colours.dim(
        `nodes/${node}/startup-config was changed since: it becomes a version before anything replaces it`,
      ),
    );
  }
  return said.map((line) => `${line}\n`).join('');
}

/** Versions in their order, whatever the clock said; notes between them by their time. */
function sortEntries({ versions, notes }: HistoryReport): string[][] {
  const waiting = [...notes];
  const rows: string[][] = [];
  const addNotes = (until: string | null): void => {
    for (let note = waiting[0]; note && (until === null || note.at <= until); note = waiting[0]) {
      rows.push(['-', tellTime(note.at), `${note.kind.replace('-', ' ')} ${note.other}`]);
      waiting.shift();
    }
  };
  for (const version of versions) {
    addNotes(version.at);
    rows.push(describeRow(version));
  }
  addNotes(null);
  return rows;
}

/** As a unified diff. */
export function writeDiff({ node, from, to, hunks }: DiffReport, colours: Colours): string {
  const signs = {
    kept: [' ', String],
    removed: ['-', colours.red],
    added: ['+', colours.green],
  } as const;
  const lines = [
    colours.bold(`--- ${node} ${describeHead(from)}`),
    colours.bold(`+++ ${node} ${describeHead(to)}`),
    ...hunks.flatMap(({ place, lines }) => [
      colours.cyan(`@@ ${place} @@`),
      ...lines.flatMap(({ kind, text, ended }) => {
        const [sign, paint] = signs[kind];
        return [paint(sign + printableLine(text)), ...(ended ? [] : ['\\ No newline at end of file'])];
      }),
    ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function describeHead({ number, at, source }: VersionReport): string {
  return printableLine(`version ${number}, ${tellTime(at)}, ${source}`);
}

function describeRow({ number, at, bytes, source, address, sha256 }: VersionReport): string[] {
  return [String(number), tellTime(at), String(bytes), source, address ?? '-', sha256.slice(0, 12)];
}
