// How a record looks in the body of a webhook. Opens no connection.

import type { WebhookSettings } from '../config/notify-settings.js';
import type { JournalRecord } from '../wire/journal-record.js';
import { describeRecord } from './describe-record.js';

/** The body, JSON. */
export function formatWebhook(record: JournalRecord, template: WebhookSettings['template']): string {
  switch (template) {
    case 'record':
      return JSON.stringify(record);
    case 'slack':
      return JSON.stringify({ text: `[${record.level}] ${escapeSlack(describeRecord(record))}` });
    case 'teams':
      return JSON.stringify(makeCard(record));
  }
}

// What would be a link, a mention or a call for everybody begins with `<`.
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const colours = { debug: 'Default', info: 'Default', warning: 'Warning', error: 'Attention' } as const;

// The shape that a workflow "when a Teams webhook request is received" takes. Text runs, unlike text blocks, know no Markdown,
// so strangers can put no links in.
function makeCard(record: JournalRecord) {
  const line = (text: string, format: object) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...format }],
  });
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            line(describeRecord(record), { color: colours[record.level] }),
            line(`${record.level}, ${record.type}, ${record.at}`, { size: 'Small', isSubtle: true }),
          ],
        },
      },
    ],
  };
}
