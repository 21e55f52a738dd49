// A room that behaves as some servers do and prosody does not. It says what it is told to, and checks nothing.

import { listenRaw } from './receivers.js';

/** `answer` makes the reply to a message: see `echo` and `refuse`. */
export async function playRoom(answer: (message: { id: string; body: string; session: number }) => string) {
  const room = 'ztps@conference.localhost';
  const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`;
  let isLoggedIn = false;
  const server = await listenRaw('', (text) => {
    const replies: string[] = [];
    if (text.includes('<stream:stream')) {
      const offers = isLoggedIn
        ? `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>`
        : `<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>`;
      replies.push(`${header}<stream:features>${offers}</stream:features>`);
      isLoggedIn = false;
    }
    if (text.includes('<auth')) {
      isLoggedIn = true;
      replies.push(`<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`);
    }
    for (const [, id] of text.matchAll(/<iq type="set" id="(\w+)"/g)) {
      replies.push(`<iq type='result' id='${id}'/>`);
    }
    if (/<presence to=/.test(text)) replies.push(`<presence from='${room}/ztpserver'/>`);
    for (const [, id = '', body = ''] of text.matchAll(
      /<message [^>]*id="([^"]+)"[^>]*><body>([^<]*)<\/body>/g,
    )) {
      replies.push(answer({ id, body, session: server.connections() }));
    }
    return replies.join('');
  });
  return {
    ...server,
    echo: (id: string, body: string) =>
      `<message type='groupchat' from='${room}/ztpserver' id='${id}'><body>${body}</body></message>`,
    refuse: (id: string) =>
      `<message type='error' from='${room}' id='${id}'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
  };
}
