// What becomes of runs as requests come in, or do not: over a clock that the test turns.

import { describe, expect, it, onTestFinished } from 'vitest';
import type { Caller } from '../../../src/provisioning/caller.js';
import {
  arrive,
  recordContact,
  recordDefinition,
  recordDefinitionRefusal,
  recordRefusal,
  recordRegistration,
} from '../../../src/provisioning/record-steps.js';
import { createRecorder } from '../../../src/provisioning/recorder.js';
import { beginTransfer, followActionRequest } from '../../../src/provisioning/runs/follow-requests.js';
import { RunTracker } from '../../../src/provisioning/runs/run-tracker.js';
import type { Site } from '../../../src/provisioning/site.js';
import { ZtpError } from '../../../src/wire/ztp-error.js';
import { keepLog } from '../../fixtures/log.js';
import { MemoryJournal } from '../../fixtures/memory-journal.js';

const stalledAfter = 900;
const claims = { serialnumber: 'SN1', model: 'DCS-7050' };

function follow(journal = new MemoryJournal(), start = Date.parse('2026-11-26T10:00:00Z')) {
  let now = start;
  const { log } = keepLog();
  const recorder = createRecorder({ journal, log, notifiers: [] });
  const runs = new RunTracker({ recorder, journal, log, stalledAfter, now: () => now });
  onTestFinished(() => runs.close());
  const site = { log, recorder, runs, journal } as unknown as Site;
  return {
    runs,
    site,
    journal,
    wait(seconds: number) {
      now += seconds * 1000;
      runs.sweep();
    },
    async said(node = 'SN1') {
      const records = await journal.records({ node, limit: 1000 });
      return records.map(({ type, repeats }) => (repeats === 0 ? type : `${type} +${repeats}`));
    },
    async states(node = 'SN1') {
      return (await journal.runs({ node, limit: 100 })).map(({ state, reason }) =>
        reason === null ? state : `${state}: ${reason}`,
      );
    },
    contact: (address = '192.0.2.1') => recordContact(site, from(address), 'SN1', claims),
    register(known = false, address = '192.0.2.1', node = 'SN1') {
      const run = arrive(site, node, from(address));
      recordRegistration(runs, run, {
        known,
        pattern: known ? null : 'leaf',
        definition: known ? null : 'leaf',
      });
      return run;
    },
    refuse(reason = 'no pattern matched') {
      const run = arrive(site, 'SN1', from('192.0.2.1'));
      recordRefusal(runs, run, 'refused', new ZtpError('no-pattern-matched', reason));
      return run;
    },
    define(actions = ['add_config', 'install_image'], address = '192.0.2.1', node = 'SN1') {
      const definition = { name: 'leaf', actions: actions.map((action) => ({ name: action, action })) };
      recordDefinition(site, node, from(address), definition, {});
    },
  };
}

function from(address: string, parts: Partial<Caller> = {}): Caller {
  return { address, node: null, run: null, ...parts };
}

describe('a switch whose client does not report', () => {
  it('is followed by what it fetches, and completed some time after its last action', async () => {
    const it = follow();
    it.contact();
    it.register();
    it.define();
    followActionRequest(it.runs, from('192.0.2.1'), 'add_config');
    expect(await it.journal.runs({ open: true, limit: 9 })).toMatchObject([
      { step: { index: 1, of: 2, action: 'add_config' }, expected: 'action 2 of 2, install_image' },
    ]);
    followActionRequest(it.runs, from('192.0.2.1'), 'install_image');
    it.wait(stalledAfter - 1);
    expect(await it.states()).toEqual(['provisioning']);
    it.wait(2);
    expect(await it.said()).toEqual([
      'contacted',
      'registered',
      'definition-sent',
      'action-started',
      'action-succeeded',
      'action-started',
      'action-succeeded',
      'completed',
    ]);
    expect(await it.states()).toEqual(['completed']);
  });

  it('is told apart from its neighbours by its address, and not told apart behind a NAT', async () => {
    const it = follow();
    for (const node of ['SN1', 'SN2']) {
      it.register(false, '192.0.2.9', node);
      it.define(['add_config'], '192.0.2.9', node);
    }
    followActionRequest(it.runs, from('192.0.2.9'), 'add_config');
    expect(await it.said('SN1')).toEqual(['registered', 'definition-sent']);
    expect(await it.said('SN2')).toEqual(['registered', 'definition-sent']);
    // By its header, each can.
    followActionRequest(it.runs, from('192.0.2.9', { node: 'SN2' }), 'add_config');
    expect(await it.said('SN2')).toEqual(['registered', 'definition-sent', 'action-started']);
  });

  it('has actions that are fetched once counted as often as they are used', async () => {
    const it = follow();
    it.register();
    it.define(['add_config', 'add_config', 'copy_file']);
    followActionRequest(it.runs, from('192.0.2.1'), 'add_config');
    followActionRequest(it.runs, from('192.0.2.1'), 'copy_file');
    const records = await it.journal.records({
      node: 'SN1',
      types: ['action-started', 'action-succeeded'],
      limit: 99,
    });
    expect(records.map(({ type, data }) => `${type} ${data.index}`)).toEqual([
      'action-started 1',
      'action-succeeded 1',
      'action-started 2',
      'action-succeeded 2',
      'action-started 3',
    ]);
  });

  it('has failed when it fetches the bootstrap script again and posts', async () => {
    const it = follow();
    it.contact();
    it.register();
    it.define();
    followActionRequest(it.runs, from('192.0.2.1'), 'add_config');
    it.wait(30);
    it.contact();
    it.register(true);
    expect(await it.states()).toEqual([
      'registered',
      'failed: started over while it was at action 1 of 2, add_config',
    ]);
  });

  it('is not told apart from one that reports at its address only where both might ask', async () => {
    const it = follow();
    for (const node of ['SN1', 'SN2']) {
      it.register(false, '192.0.2.9', node);
      it.define(['add_config'], '192.0.2.9', node);
    }
    const reporting = it.runs.current('SN2');
    if (reporting) reporting.reports = true;
    followActionRequest(it.runs, from('192.0.2.9'), 'add_config');
    expect(await it.said('SN1')).toEqual(['registered', 'definition-sent', 'action-started']);
  });
});

describe('somebody who only says that he is a switch', () => {
  it('ends no run by fetching the bootstrap script in its name', async () => {
    const it = follow();
    it.contact();
    it.register();
    it.define();
    recordContact(it.site, from('192.0.2.66'), 'SN1', claims);
    expect(await it.states()).toEqual(['provisioning']);
    it.wait(stalledAfter - 1);
    followActionRequest(it.runs, from('192.0.2.1', { node: 'SN1' }), 'add_config');
    it.wait(stalledAfter - 1);
    expect(await it.states()).toEqual(['provisioning']);
    expect(await it.said()).toEqual([
      'contacted',
      'registered',
      'definition-sent',
      'contacted',
      'action-started',
    ]);
  });

  it('and even posts takes the end of a run back when it is heard of again', async () => {
    const it = follow();
    const run = it.register();
    it.define();
    recordContact(it.site, from('192.0.2.66'), 'SN1', claims);
    it.register(true, '192.0.2.66');
    expect(run.state).toBe('failed');
    it.runs.touch(run);
    expect([run.state, run.isOpen]).toEqual(['provisioning', true]);
  });

  it('does not crowd out a switch that is on its way', async () => {
    const it = follow();
    const run = it.register();
    it.define();
    for (let number = 0; number < 20_100; number += 1) it.runs.begin(`X${number}`, '192.0.2.66');
    expect(it.runs.find(run.id)).toBe(run);
    expect(await it.journal.records({ types: ['stalled'], limit: 9 })).toEqual([]);
  });
});

describe('a switch that falls silent', () => {
  it('stalls once, with what should have come', async () => {
    const it = follow();
    it.contact();
    it.register();
    it.wait(stalledAfter + 1);
    it.wait(stalledAfter + 1);
    const [stalled, ...others] = await it.journal.records({ node: 'SN1', types: ['stalled'], limit: 9 });
    expect(others).toEqual([]);
    expect(stalled).toMatchObject({
      level: 'warning',
      message:
        'run stalled: no sign of life for 15 minutes; next was to come: GET /nodes/{id}, for its definition',
    });
  });

  it('is alive as long as a file is being sent to it', async () => {
    const it = follow();
    it.register();
    it.define();
    const transfer = beginTransfer(it.site, from('192.0.2.1'), 'files/eos.swi', null);
    for (let minute = 0; minute < 60; minute += 1) it.wait(60);
    expect(await it.states()).toEqual(['provisioning']);
    transfer.passed(700);
    transfer.end(true);
    expect(await it.said()).toEqual(['registered', 'definition-sent', 'download']);
    it.wait(stalledAfter + 1);
    expect(await it.states()).toEqual(['stalled: no sign of life for 15 minutes']);
  });
});

describe('a switch that is refused', () => {
  it('leaves one refusal however often it asks, and each time is counted', async () => {
    const it = follow();
    for (let time = 0; time < 5; time += 1) {
      it.contact();
      it.refuse();
      it.wait(30);
    }
    expect(await it.said()).toEqual(['contacted', 'refused +4', 'failed']);
    expect(await it.journal.runs({ node: 'SN1', limit: 9 })).toMatchObject([
      { state: 'failed', repeats: 4, reason: 'no pattern matched', lastSignAt: '2026-11-26T10:02:00.000Z' },
    ]);
  });

  it('leaves another refusal when the reason is another', async () => {
    const it = follow();
    it.contact();
    it.refuse();
    it.contact();
    it.refuse('another reason');
    expect(await it.said()).toEqual(['contacted', 'refused', 'failed', 'contacted', 'refused', 'failed']);
  });

  it('and is registered at last has the whole of that run recorded', async () => {
    const it = follow();
    it.contact();
    it.refuse();
    it.contact();
    it.refuse();
    it.contact();
    it.register();
    it.define();
    expect(await it.said()).toEqual([
      'contacted',
      'refused +1',
      'failed',
      'contacted',
      'registered',
      'definition-sent',
    ]);
    const [open] = await it.journal.runs({ node: 'SN1', limit: 9 });
    expect(open).toMatchObject({ state: 'provisioning', repeats: 0 });
  });

  it('its definition, too, leaves one refusal', async () => {
    const it = follow();
    for (let time = 0; time < 3; time += 1) {
      it.contact();
      it.register(true);
      recordDefinitionRefusal(
        it.site,
        'SN1',
        from('192.0.2.1'),
        new ZtpError('pool-exhausted', 'pool p is empty'),
      );
      it.wait(30);
    }
    expect(await it.said()).toEqual(['contacted', 'registered', 'definition-refused +2', 'failed']);
  });

  it('for a fault of the server goes on with its run', async () => {
    const it = follow();
    it.contact();
    it.register();
    const fault = new ZtpError('read-failed', 'the disk');
    recordDefinitionRefusal(it.site, 'SN1', from('192.0.2.1'), fault);
    recordDefinitionRefusal(it.site, 'SN1', from('192.0.2.1'), fault);
    it.define();
    expect(await it.said()).toEqual(['contacted', 'registered', 'definition-refused +1', 'definition-sent']);
    expect(await it.states()).toEqual(['provisioning']);
  });

  it('and then is silent has its last attempt recorded', async () => {
    const it = follow();
    it.contact();
    it.refuse();
    it.contact();
    it.wait(stalledAfter + 1);
    expect(await it.said()).toEqual(['contacted', 'refused', 'failed', 'contacted', 'stalled']);
  });
});

describe('a refusal outside of a run', () => {
  it('is recorded once while it is the same', async () => {
    const it = follow();
    const refuse = (reason: string) =>
      recordDefinitionRefusal(it.site, 'SN1', from('192.0.2.1'), new ZtpError('unknown-node', reason));
    for (let time = 0; time < 5; time += 1) refuse('no folder');
    refuse('another reason');
    expect(await it.said()).toEqual(['definition-refused +4', 'definition-refused']);
  });
});

describe('a switch that does not say who it is', () => {
  it('is recognised by its address when it posts', async () => {
    const it = follow();
    recordContact(it.site, from('192.0.2.1'), null, { model: 'vEOS' });
    it.register();
    expect(await it.said()).toEqual(['registered']);
    const runs = await it.journal.runs({ limit: 9 });
    expect(runs).toMatchObject([{ node: 'SN1', startedAt: '2026-11-26T10:00:00.000Z' }]);
  });

  it('is not mixed up with another one at its address', async () => {
    const it = follow();
    recordContact(it.site, from('192.0.2.1'), null, { model: 'vEOS' });
    recordContact(it.site, from('192.0.2.1'), null, { model: 'another' });
    it.register();
    expect(await it.journal.runs({ limit: 9 })).toHaveLength(3);
  });

  it('is no switch if it says nothing at all, and has no run', async () => {
    const it = follow();
    for (let time = 0; time < 3; time += 1) recordContact(it.site, from('192.0.2.1'), null, {});
    expect(await it.journal.runs({ limit: 9 })).toEqual([]);
    expect(await it.journal.records({ limit: 9 })).toMatchObject([
      { type: 'contacted', repeats: 2, run: null },
    ]);
  });
});

describe('a server that is started again', () => {
  it('goes on with the runs that were open, and still tells a repeated refusal', async () => {
    const before = follow();
    before.register(false, '192.0.2.7', 'SN7');
    before.define(['add_config'], '192.0.2.7', 'SN7');
    before.contact();
    before.refuse();
    before.runs.close();
    const after = follow(before.journal, Date.parse('2026-11-26T10:01:00Z'));
    await after.runs.restore();
    followActionRequest(after.runs, from('192.0.2.7'), 'add_config');
    expect(await after.said('SN7')).toEqual(['registered', 'definition-sent', 'action-started']);
    after.contact();
    after.refuse();
    expect(await after.said()).toEqual(['contacted', 'refused +1', 'failed']);
    after.wait(stalledAfter + 1);
    expect(await after.states('SN7')).toEqual(['completed']);
  });

  it('after a long time does not count against a switch that nobody could hear it', async () => {
    const before = follow();
    before.register();
    before.define();
    before.runs.close();
    const after = follow(before.journal, Date.parse('2026-11-26T18:00:00Z'));
    await after.runs.restore();
    after.wait(stalledAfter - 1);
    expect(await after.states()).toEqual(['provisioning']);
    after.wait(2);
    expect(await after.states()).toEqual(['stalled: no sign of life for 15 minutes']);
  });
});
