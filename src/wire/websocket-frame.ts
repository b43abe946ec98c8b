const FIN_TEXT = 0x81

/**
 * One text message as a server sends it: a single unmasked frame (RFC 6455 section 5.2). Made once for all the
 * connections of a room.
 */
export function encodeTextFrame(text: string): Uint8Array {
  const length = Buffer.byteLength(text, 'utf8')
  const headBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headBytes + length)
  frame[0] = FIN_TEXT
  if (headBytes === 2) frame[1] = length
  else if (headBytes === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(text, headBytes, 'utf8')
  return frame
}
