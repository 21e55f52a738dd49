// Syslog by UDP, TCP (RFC 6587) and TLS (RFC 5425): which of them, how long a message may be and how it is framed.

import { isIPv6 } from 'node:net';
import type { SyslogSettings } from '../config/notify-settings.js';
import type { JournalRecord } from '../wire/journal-record.js';
import { formatSyslog } from './syslog-format.js';
import { SyslogStream } from './syslog-stream.js';
import { SyslogUdp } from './syslog-udp.js';
import type { GiveBack, NotifyEnvironment, Transport } from './transport.js';

/** Octets of a message that every receiver should take (RFC 5424, 6.1; RFC 5425, 4.3.1), and of a packet of RFC 3164 (4.1). */
const longest = { udp: 2_048, tcp: 8_192 };
const longestPacket3164 = 1_024;

/** The way to one syslog server. */
export function createSyslogTransport(
  settings: SyslogSettings,
  { hostname, limits }: NotifyEnvironment,
  giveBack: GiveBack<JournalRecord>,
): Transport {
  const { host, port, tls, transport } = settings;
  const isOldPacket = transport === 'udp' && settings.format === 'rfc3164';
  const most = isOldPacket ? longestPacket3164 : longest[transport];
  const format = (record: JournalRecord) => formatSyslog(record, settings, hostname, most);
  const receiver = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (transport === 'udp') return new SyslogUdp({ receiver, host, port, format });
  // Octets are counted, so that a message may hold anything; what reads RFC 3164 by TCP expects line ends.
  const frame = (record: JournalRecord) => {
    const message = format(record);
    return settings.format === 'rfc5424' || tls
      ? Buffer.concat([Buffer.from(`${message.length} `), message])
      : Buffer.concat([message, Buffer.from('\n')]);
  };
  return new SyslogStream({ receiver, host, port, tls, frame, limits, giveBack });
}
