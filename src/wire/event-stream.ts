const LINE_BREAK = /\r\n|\r|\n/

/** One event of a stream of server-sent events (HTML Living Standard, section 9.2). */
export interface StreamEvent {
  /** What the browser sends back as `Last-Event-ID`; null leaves the last one as it is. Without line breaks or NUL. */
  readonly id: string | null
  /** Name of the event; null: `message`. Without line breaks. */
  readonly event: string | null
  readonly data: string
}

/** A comment that keeps the connection alive and shows a lost peer. */
export const HEARTBEAT: Uint8Array = Buffer.from(':\n\n')

export function encodeStreamEvent({ id, event, data }: StreamEvent): Uint8Array {
  let text = ''
  if (id !== null) text += `id: ${oneLine(id)}\n`
  if (event !== null) text += `event: ${oneLine(event)}\n`
  for (const line of data.split(LINE_BREAK)) text += `data: ${line}\n`
  return Buffer.from(`${text}\n`, 'utf8')
}

// A line break in a name would start a field of its own: data made to look like another event.
function oneLine(value: string): string {
  return value.replace(/[\r\n\0]+/g, ' ')
}
