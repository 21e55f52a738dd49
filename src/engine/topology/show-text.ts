// How a text from outside (an author's or a switch's) stands in a message. It must never break the line or flood it.

const longestShown = 80;

/**
 * The text as it is if it is short and printable without blanks, else in double quotes with control characters escaped
 * and what is over 80 characters left out.
 */
export function showText(text: string): string {
  const clipped = clip(text);
  if (clipped !== '' && !/[\s"]|\p{C}/u.test(clipped)) return clipped;
  return `"${clipped.replace(/["\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter)}"`;
}

function clip(text: string): string {
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

function escapeCharacter(character: string): string {
  if (character === '"') return '\\"';
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
