import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DownloadSlots, type Slot, type SlotOutcome } from '../../src/http/download-slots.js';

const hour = 3_600_000;
const limits = { patience: hour, memory: hour, mostRemembered: 100 };

/** What of these is settled, in the order in which it was. */
function follow(slots: Readonly<Record<string, Slot>>): string[] {
  const seen: string[] = [];
  for (const [name, { outcome }] of Object.entries(slots)) {
    void outcome.then((word) => seen.push(`${name} ${word}`));
  }
  return seen;
}

/** Until everything that is settled has been told. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('places for big downloads', () => {
  it('are given at once while there are some, then first come first served', async () => {
    const slots = new DownloadSlots(2, limits);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((who) => slots.take(who)) as [Slot, Slot, Slot, Slot];
    const seen = follow({ a, b, c, d });
    expect([a, b, c, d].map(({ waits }) => waits)).toEqual([false, false, true, true]);
    await turn();
    expect(seen).toEqual(['a granted', 'b granted']);
    b.release();
    await turn();
    a.release();
    await turn();
    expect(seen).toEqual(['a granted', 'b granted', 'c granted', 'd granted']);
    c.release();
    d.release();
    expect(slots.take('e').waits).toBe(false);
  });

  it('are given back once, however often they are released', async () => {
    const slots = new DownloadSlots(1, limits);
    const a = slots.take('a');
    a.release();
    a.release();
    expect(slots.take('b').waits).toBe(false);
    const c = slots.take('c');
    a.release();
    const seen = follow({ c });
    await turn();
    expect(seen).toEqual([]);
    c.release();
  });

  it('are not given to who has given up', async () => {
    const slots = new DownloadSlots(1, limits);
    const [a, b, c] = ['a', 'b', 'c'].map((who) => slots.take(who)) as [Slot, Slot, Slot];
    const seen = follow({ b, c });
    b.release();
    a.release();
    await turn();
    expect(seen).toEqual(['b given-up', 'c granted']);
    c.release();
    expect(slots.take('d').waits).toBe(false);
  });

  it('go first to who has waited in vain before, in the order in which they did', async () => {
    const slots = new DownloadSlots(1, { ...limits, patience: 20 });
    const a = slots.take('a');
    const first = slots.take('first');
    expect(await first.outcome).toBe('busy');
    expect(await slots.take('second').outcome).toBe('busy');
    const waiting = Object.fromEntries(['new', 'second', 'first'].map((who) => [who, slots.take(who)]));
    const seen = follow(waiting);
    for (let place: Slot | undefined = a; place; ) {
      place.release();
      await turn();
      place = waiting[seen.at(-1)?.split(' ')[0] ?? ''];
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['first granted', 'second granted', 'new granted']);
  });

  it('remember who waited in vain for a time only, and not too many', async () => {
    const forgetful = new DownloadSlots(1, { ...limits, patience: 1, mostRemembered: 1 });
    const a = forgetful.take('a');
    expect(await forgetful.take('forgotten').outcome).toBe('busy');
    expect(await forgetful.take('remembered').outcome).toBe('busy');
    const [forgotten, remembered] = [forgetful.take('forgotten'), forgetful.take('remembered')];
    const seen = follow({ forgotten, remembered });
    a.release();
    await turn();
    // The other one may have waited in vain again by now.
    expect(seen[0]).toBe('remembered granted');
    const brief = new DownloadSlots(1, { ...limits, patience: 1, memory: -1 });
    const b = brief.take('b');
    await brief.take('told').outcome;
    const other = brief.take('other');
    const told = brief.take('told');
    const later = follow({ other, told });
    b.release();
    await turn();
    expect(later[0]).toBe('other granted');
  });

  it('are refused to who waits when the server ends', async () => {
    const slots = new DownloadSlots(1, limits);
    const a = slots.take('a');
    const b = slots.take('b');
    slots.close();
    expect(await b.outcome).toBe('busy');
    expect(await slots.take('later').outcome).toBe('busy');
    b.release();
    a.release();
    expect(slots.take('c').waits).toBe(false);
  });

  it('are never more than there are, and none is lost, whatever comes and goes', async () => {
    const step = fc.record({ who: fc.integer({ min: 0, max: 5 }), release: fc.nat(), takes: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(step, { maxLength: 40 }),
        async (places, steps) => {
          const slots = new DownloadSlots(places, limits);
          const open: { slot: Slot; outcome: SlotOutcome | null }[] = [];
          for (const { who, release, takes } of steps) {
            if (takes || open.length === 0) {
              const entry: (typeof open)[number] = { slot: slots.take(`${who}`), outcome: null };
              void entry.slot.outcome.then((outcome) => {
                entry.outcome = outcome;
              });
              open.push(entry);
            } else {
              open.splice(release % open.length, 1)[0]?.slot.release();
            }
            await Promise.resolve();
            await Promise.resolve();
            const granted = open.filter(({ outcome }) => outcome === 'granted').length;
            expect(granted).toBe(Math.min(places, open.length));
          }
          for (const { slot } of open) slot.release();
        },
      ),
    );
  });
});
