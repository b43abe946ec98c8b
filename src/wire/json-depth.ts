const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * True when the arrays and objects of a JSON text nest deeper than `depthMax`. Looked at before parsing: a deep value
 * would exhaust the stack of whatever walks it later.
 */
export function isDeeperThan(text: string, depthMax: number): boolean {
  // A text cannot open more than its length.
  if (text.length <= depthMax) return false
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = endOfString(text, i)
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      if (++depth > depthMax) return true
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--
  }
  return false
}

/** Index of the quote that closes the string opened at `start`; the end of the text when none does. */
function endOfString(text: string, start: number): number {
  let end = start + 1
  while (end < text.length) {
    const code = text.charCodeAt(end)
    if (code === QUOTE) return end
    end += code === BACKSLASH ? 2 : 1
  }
  return end
}
