import { describe, expect, it } from 'vitest';
import { CallSlots } from '../../src/plugins/call-slots.js';

/** Work that ends when told to. */
function makeWork() {
  const started: string[] = [];
  const ends = new Map<string, { resolve(): void; reject(error: Error): void }>();
  const work = (name: string) => (waited: boolean) => {
    started.push(`${name}${waited ? ' waited' : ''}`);
    return new Promise<void>((resolve, reject) => ends.set(name, { resolve, reject }));
  };
  return { started, work, end: (name: string) => ends.get(name)?.resolve(), ends };
}

describe('slots for calls', () => {
  it('let as many run as they have room for, and further ones first come first served', async () => {
    const slots = new CallSlots(2, 60);
    const { started, work, end, ends } = makeWork();
    const runs = ['a', 'b', 'c', 'd'].map((name) => slots.run('p', work(name)));
    const other = slots.run('q', work('other'));
    expect(started).toEqual(['a', 'b', 'other']);
    end('b');
    await runs[1];
    await expect.poll(() => started).toEqual(['a', 'b', 'other', 'c waited']);
    ends.get('a')?.reject(new Error('failed'));
    await expect(runs[0]).rejects.toThrow('failed');
    await expect.poll(() => started.at(-1)).toBe('d waited');
    for (const name of ['c', 'd', 'other']) end(name);
    await Promise.all([runs[2], runs[3], other]);
    const last = slots.run('p', work('e'));
    expect(started.at(-1)).toBe('e');
    end('e');
    await last;
  });

  it('refuse who waits at close, and not who runs', async () => {
    const slots = new CallSlots(1, 60);
    const { work, end } = makeWork();
    const running = slots.run('p', work('a'));
    const waiting = slots.run('p', work('b'));
    slots.close();
    await expect(waiting).rejects.toThrow('the server is stopping');
    end('a');
    await running;
  });
});
