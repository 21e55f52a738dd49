// Text that may stand in a message of XMPP: XML 1.0 has no way to write most control characters, not even escaped.

/** Characters of a message that are kept, whatever a server would take. */
const longest = 4_000;

// What XML 1.0 (2.2) does not count as a character, halves of characters among it.
const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** The text as XML can carry it, in one piece of at most 4,000 characters. */
export function toXmlText(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return cut.replaceAll(illegal, '\ufffd');
}
