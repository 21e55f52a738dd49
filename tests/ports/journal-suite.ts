// What holds for every Journal, whatever it keeps records and runs in.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Journal, RecordQuery } from '../../src/ports/journal.js';
import type { JournalRecord } from '../../src/wire/journal-record.js';
import { makeRecord, makeRun } from '../state/compiled-journal.js';

/** Opens an empty journal until the test ends. */
export type OpenJournal = () => Promise<Journal>;

function appendRecords(journal: Journal, ...records: readonly Partial<JournalRecord>[]): JournalRecord[] {
  const made = records.map((fields) => makeRecord(fields));
  for (const record of made) journal.append({ kind: 'record', record, report: null });
  return made;
}

const everything = { limit: Number.MAX_SAFE_INTEGER };

const malformed = /\p{Surrogate}/gu;

/** A string, and everything in plain JSON, with half surrogate pairs as they are kept. */
function asKept(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(malformed, '\ufffd');
  if (Array.isArray(value)) return value.map(asKept);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [asKept(key), asKept(each)]));
}

/** Runs the contract of every journal. */
export function testJournal(open: OpenJournal): void {
  describe('a journal', () => {
    it('that nothing was ever appended to is empty, and has nothing to flush', async () => {
      const journal = await open();
      expect(await journal.records(everything)).toEqual([]);
      expect(await journal.runs(everything)).toEqual([]);
      expect(await journal.runs({ ...everything, latest: true })).toEqual([]);
      expect(await journal.flush()).toBe(true);
    });

    it('gives records back as they were appended, in their order, each with a position that grows', async () => {
      const journal = await open();
      const made = appendRecords(
        journal,
        { data: { list: [1, 2.5, null, true, { deep: 'x' }], '': 0, ...JSON.parse('{"__proto__": 1}') } },
        { node: null, run: 'R', type: 'completed', level: 'error', source: 'switch', address: '2001:db8::1' },
        // What was said later may be older by the clock.
        { at: '2001-01-01T00:00:00.000Z', source: 'operator' },
      );
      expect(await journal.flush()).toBe(true);
      const records = await journal.records(everything);
      expect(records).toEqual(
        made.map((record) => ({ ...record, position: expect.any(Number), repeats: 0, repeatedAt: null })),
      );
      expect(records.map(({ position }) => position)).toEqual(
        records.map(({ position }) => position).sort((a, b) => a - b),
      );
      expect(new Set(records.map(({ position }) => position)).size).toBe(3);
    });

    it('is changed by nothing that is done to a record after it was appended', async () => {
      const journal = await open();
      const data: Record<string, unknown> = { value: 'before' };
      appendRecords(journal, { data });
      data.value = 'after';
      await journal.flush();
      expect(await journal.records(everything)).toMatchObject([{ data: { value: 'before' } }]);
    });

    it('keeps all of many that are appended at once', async () => {
      const journal = await open();
      const made = appendRecords(journal, ...Array.from({ length: 12_345 }, () => ({})));
      expect(await journal.flush()).toBe(true);
      // At the moment when the last of them was written too.
      expect(await journal.flush()).toBe(true);
      expect((await journal.records(everything)).map(({ id }) => id)).toEqual(made.map(({ id }) => id));
    });

    it('keeps whatever strings and JSON there are, half surrogate pairs as U+FFFD', async () => {
      const journal = await open();
      const unit = fc.oneof(
        fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
        fc.constantFrom('\0', '\\', 'u', 'd800', '\ud800', '\udc00', 'é', '"'),
      );
      const text = fc.string({ unit, maxLength: 8 });
      const value = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.integer(), fc.boolean());
      const data = fc.dictionary(text, value, { maxKeys: 4 });
      const seed = Date.now();
      const wanted = fc.record({ node: text, message: text, data, address: text });
      const samples = fc.sample(wanted, { numRuns: 200, seed });
      samples.push({
        node: '\ud83d',
        message: 'ok \ud83d\ude00 \udc00',
        data: { '\udfff': '\\\ud800' },
        address: '\0',
      });
      appendRecords(journal, ...samples);
      await journal.flush();
      const records = await journal.records(everything);
      const kept = samples.map(({ data: sample, ...texts }) => ({
        ...(asKept(texts) as object),
        data: asKept(JSON.parse(JSON.stringify(sample))),
      }));
      expect(
        records.map(({ node, message, data: stored, address }) => ({ node, message, address, data: stored })),
        `seed ${seed}`,
      ).toEqual(kept);
    });

    it('tells nodes apart by their whole ids', async () => {
      const journal = await open();
      appendRecords(journal, { node: 'a\0b' }, { node: 'a' }, { node: 'A' });
      await journal.flush();
      for (const node of ['a\0b', 'a', 'A']) {
        expect(await journal.records({ ...everything, node })).toMatchObject([{ node }]);
      }
    });

    it('cuts a message that is too long and leaves out data that is too big, and says so', async () => {
      const journal = await open();
      appendRecords(
        journal,
        {
          message: `${'m'.repeat(8_191)}\u{1f600}${'m'.repeat(100_000)}`,
          data: { big: 'é'.repeat(200_000) },
        },
        { message: 'm'.repeat(8_192), data: { fits: 'x'.repeat(262_144 - 11) } },
      );
      await journal.flush();
      const [cut, whole] = await journal.records(everything);
      expect(cut?.message).toMatch(/^m{8191} … \(cut, 108193 characters in all\)$/);
      expect(cut?.data).toEqual({ truncated: true, bytes: 400_000 + 10 });
      expect(whole?.message).toBe('m'.repeat(8_192));
      expect(whole?.data).toEqual({ fits: expect.stringMatching(/^x+$/) });
    });

    it('takes data that is no JSON without a word to whoever appends, and keeps the rest of the record', async () => {
      const journal = await open();
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      const made = appendRecords(journal, { data: circle }, { data: { number: 1n } }, { data: { f() {} } });
      expect(await journal.flush()).toBe(true);
      const records = await journal.records(everything);
      expect(records.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
      expect(records.map(({ data }) => data)).toEqual([
        { unreadable: expect.any(String) },
        { unreadable: expect.any(String) },
        {},
      ]);
    });

    it('counts repeats beside the record', async () => {
      const journal = await open();
      const [one, two] = appendRecords(journal, {}, {});
      const id = one?.id ?? '';
      await journal.flush();
      journal.append({ kind: 'repeat', id, at: '2026-11-26T14:44:05.123Z' });
      journal.append({ kind: 'repeat', id, at: '2026-11-26T14:44:35.123Z' });
      journal.append({ kind: 'repeat', id: 'nobody', at: '2026-11-26T14:44:35.123Z' });
      expect(await journal.flush()).toBe(true);
      expect(await journal.records(everything)).toMatchObject([
        { ...one, repeats: 2, repeatedAt: '2026-11-26T14:44:35.123Z' },
        { ...two, repeats: 0, repeatedAt: null },
      ]);
    });

    it('leaves out a second report of the same number in the same run, and a second record of the same id', async () => {
      const journal = await open();
      const report = (fields: Partial<JournalRecord>, number: number | null) =>
        journal.append({ kind: 'record', record: makeRecord(fields), report: number });
      report({ run: 'A', message: 'A1' }, 1);
      report({ run: 'A', message: 'A1 again' }, 1);
      report({ run: 'B', message: 'B1' }, 1);
      report({ run: 'A', message: 'A by the server' }, null);
      report({ run: 'A', message: 'A by the server too' }, null);
      report({ id: 'same', message: 'first' }, null);
      await journal.flush();
      report({ run: 'A', message: 'A1 once more' }, 1);
      report({ run: 'A', message: 'A2' }, 2);
      report({ id: 'same', message: 'second' }, null);
      expect(await journal.flush()).toBe(true);
      expect((await journal.records(everything)).map(({ message }) => message)).toEqual([
        'A1',
        'B1',
        'A by the server',
        'A by the server too',
        'first',
        'A2',
      ]);
    });

    it('finds what a filter in JavaScript finds, whatever is asked', async () => {
      const journal = await open();
      const types = ['contacted', 'log', 'failed', 'operator'] as const;
      const levels = ['debug', 'info', 'warning', 'error'] as const;
      const made = appendRecords(
        journal,
        ...Array.from({ length: 300 }, (_, i) => ({
          node: [null, 'A', 'B'][i % 3] ?? null,
          run: [null, 'R', 'S', 'T'][(i >> 1) % 4] ?? null,
          type: types[(i * 7) % 4] ?? 'log',
          level: levels[((i * 5) % 7) & 3] ?? 'info',
          // Not quite in order: clocks are set.
          at: new Date(1_790_000_000_000 + (i + ((i * 13) % 5) * 9) * 1_000).toISOString(),
        })),
      );
      await journal.flush();
      const stored = await journal.records(everything);
      const times = stored.map(({ at }) => at);
      const option = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
      const queries = fc.record({
        node: option(['A', 'B', 'nobody']),
        run: option(['R', 'T', 'none']),
        types: fc.option(fc.array(fc.constantFrom(...types, 'stalled' as const), { maxLength: 4 }), {
          nil: undefined,
        }),
        level: option(levels),
        since: option([
          ...times.slice(0, 9),
          ...times.slice(-9),
          '2020-01-01T00:00:00Z',
          '2040-01-01T00:00:00.000Z',
        ]),
        after: option([0, ...stored.map(({ position }) => position)]),
        limit: fc.constantFrom(0, 1, 3, 50, 1_000),
      });
      await fc.assert(
        fc.asyncProperty(queries, async (wish) => {
          const asked = Object.fromEntries(
            Object.entries(wish).filter(([, value]) => value !== undefined),
          ) as unknown as RecordQuery;
          const matching = stored.filter(
            (record) =>
              (wish.node === undefined || record.node === wish.node) &&
              (wish.run === undefined || record.run === wish.run) &&
              (wish.types === undefined || (wish.types as string[]).includes(record.type)) &&
              (wish.level === undefined || levels.indexOf(record.level) >= levels.indexOf(wish.level)) &&
              (wish.since === undefined || record.at >= wish.since) &&
              (wish.after === undefined || record.position > wish.after),
          );
          const wanted =
            wish.after !== undefined
              ? matching.slice(0, wish.limit)
              : matching.slice(Math.max(0, matching.length - wish.limit));
          expect((await journal.records(asked)).map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
        }),
        { numRuns: 300 },
      );
      expect(stored.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
    });

    it('takes a time without milliseconds as the whole second', async () => {
      const journal = await open();
      appendRecords(journal, { at: '2026-11-26T14:44:04.999Z' }, { at: '2026-11-26T14:44:05.123Z' });
      await journal.flush();
      const records = await journal.records({ ...everything, since: '2026-11-26T14:44:05Z' });
      expect(records.map(({ at }) => at)).toEqual(['2026-11-26T14:44:05.123Z']);
    });

    it('is followed by what is behind a position, to the end', async () => {
      const journal = await open();
      const made = appendRecords(journal, ...Array.from({ length: 25 }, () => ({})));
      await journal.flush();
      const seen: string[] = [];
      for (let after = 0; ; ) {
        const records = await journal.records({ after, limit: 10 });
        seen.push(...records.map(({ id }) => id));
        if (records.length < 10) break;
        after = records.at(-1)?.position ?? 0;
      }
      expect(seen).toEqual(made.map(({ id }) => id));
    });
  });

  describe('runs', () => {
    const at = (second: number) => new Date(1_790_000_000_000 + second * 1_000).toISOString();
    const idsOf = (runs: readonly { readonly run: string }[]) => runs.map(({ run }) => run);

    it('are as they were last appended', async () => {
      const journal = await open();
      const run = makeRun({ memory: { actions: ['a', { deep: [1, null] }] }, node: null });
      const later = {
        ...run,
        node: 'N',
        state: 'provisioning' as const,
        step: { index: 2, of: 3, action: 'add_config' },
        repeats: 4,
        reports: true,
      };
      journal.append({ kind: 'run', run });
      await journal.flush();
      expect(await journal.runs(everything)).toEqual([run]);
      for (let i = 0; i < 100; i += 1) journal.append({ kind: 'run', run: { ...later, repeats: i } });
      journal.append({ kind: 'run', run: later });
      expect(await journal.flush()).toBe(true);
      expect(await journal.runs(everything)).toEqual([later]);
    });

    it('come newest first, by node, open, latest, and those with a sign of life', async () => {
      const journal = await open();
      const runs = [
        makeRun({
          run: 'A1',
          node: 'A',
          startedAt: at(1),
          lastSignAt: at(2),
          endedAt: at(9),
          state: 'stalled',
        }),
        makeRun({ run: 'A2', node: 'A', startedAt: at(3), lastSignAt: at(4) }),
        makeRun({ run: 'B1', node: 'B', startedAt: at(2), lastSignAt: at(8) }),
        makeRun({
          run: 'B2',
          node: 'B',
          startedAt: at(5),
          lastSignAt: at(6),
          endedAt: at(6),
          state: 'completed',
        }),
        makeRun({ run: 'x', node: null, startedAt: at(7), lastSignAt: at(7) }),
      ];
      for (const run of runs) journal.append({ kind: 'run', run });
      await journal.flush();
      expect(idsOf(await journal.runs(everything))).toEqual(['x', 'B2', 'A2', 'B1', 'A1']);
      expect(idsOf(await journal.runs({ limit: 2 }))).toEqual(['x', 'B2']);
      expect(idsOf(await journal.runs({ ...everything, node: 'A' }))).toEqual(['A2', 'A1']);
      expect(idsOf(await journal.runs({ ...everything, open: true }))).toEqual(['x', 'A2', 'B1']);
      expect(idsOf(await journal.runs({ ...everything, open: true, node: 'B' }))).toEqual(['B1']);
      expect(idsOf(await journal.runs({ ...everything, latest: true }))).toEqual(['B2', 'A2']);
      expect(idsOf(await journal.runs({ limit: 1, latest: true }))).toEqual(['B2']);
      expect(idsOf(await journal.runs({ ...everything, latest: true, node: 'A' }))).toEqual(['A2']);
      expect(idsOf(await journal.runs({ ...everything, latest: true, open: true }))).toEqual(['A2']);
      expect(idsOf(await journal.runs({ ...everything, since: at(7) }))).toEqual(['x', 'B1', 'A1']);
      expect(idsOf(await journal.runs({ ...everything, since: at(7), latest: true }))).toEqual([]);
      expect(idsOf(await journal.runs({ ...everything, since: at(9), node: 'A' }))).toEqual(['A1']);
    });

    it('keep what their switches said, whatever it is', async () => {
      const journal = await open();
      const run = makeRun({
        node: 'a\0\ud800',
        reason: 'why\ud800',
        memory: { text: 'x\udfff', big: 'y'.repeat(300_000) },
      });
      journal.append({ kind: 'run', run });
      expect(await journal.flush()).toBe(true);
      expect(await journal.runs({ ...everything, node: 'a\0\ufffd' })).toEqual([
        { ...run, node: 'a\0\ufffd', reason: 'why\ufffd', memory: null },
      ]);
    });
  });
}
