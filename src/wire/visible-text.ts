// C0 and C1 controls, DEL, line and paragraph separators, and the marks that reorder text (Unicode TR 9).
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const HIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/**
 * Text of a stranger made safe for a terminal: what could move the cursor, change colours or reorder the line is shown
 * as an escape (`\x1b`). Tabs stay.
 */
export function formatVisible(text: string): string {
  return text.replace(HIDDEN, formatEscape)
}

function formatEscape(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
}
