import type { Duplex } from 'node:stream'

/** A reply as it came, taken apart. */
export interface RawReply {
  readonly status: number
  readonly statusLine: string
  /** Names lower-case; values of repeated ones in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  /** Bytes as Latin-1 text. */
  readonly body: string
}

const HEAD_END = '\r\n\r\n'
const WAIT_MS = 15_000

/** A peer that sends exactly the bytes it is told to, and reads replies one by one. */
export class RawClient {
  readonly socket: Duplex
  #text = ''
  #isEnded = false
  #wake: () => void = ignore

  constructor(socket: Duplex) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#wake()
    })
    const end = (): void => {
      this.#isEnded = true
      this.#wake()
    }
    for (const event of ['end', 'close', 'error']) socket.on(event, end)
  }

  send(bytes: string | Uint8Array): void {
    if (typeof bytes === 'string') this.socket.write(bytes, 'latin1')
    else this.socket.write(bytes)
  }

  /** Sends each byte on its own, far enough apart to arrive on its own. */
  async sendSlowly(bytes: string, size = 1): Promise<void> {
    for (let i = 0; i < bytes.length; i += size) {
      this.send(bytes.slice(i, i + size))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** The next reply, interim ones (1xx) included. `isHead`: the request was a HEAD, whose reply has no body. */
  async reply(isHead = false): Promise<RawReply> {
    const end = await this.#until(() => this.#text.indexOf(HEAD_END))
    const [statusLine = '', ...lines] = this.#text.slice(0, end).split('\r\n')
    this.#text = this.#text.slice(end + HEAD_END.length)
    const headers = readFields(lines)
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
    const isSilent = isHead || status < 200 || status === 204 || status === 304
    return { status, statusLine, headers, body: isSilent ? '' : await this.#body(headers) }
  }

  /** Waits until the peer ends the connection; gives the bytes that came before and were not read as replies. */
  async ended(): Promise<string> {
    await this.#until(() => (this.#isEnded ? 0 : -1))
    return this.#text
  }

  /** Waits until `text` came; gives what came so far. */
  async has(text: string): Promise<string> {
    await this.#until(() => this.#text.indexOf(text))
    return this.#text
  }

  close(): void {
    this.socket.destroy()
  }

  async #body(headers: RawReply['headers']): Promise<string> {
    const length = headers.get('content-length')?.[0]
    if (length !== undefined) return this.#take(Number(length))
    if (headers.get('transfer-encoding')?.[0] === 'chunked') return this.#chunks()
    const rest = await this.ended()
    this.#text = ''
    return rest
  }

  async #chunks(): Promise<string> {
    let body = ''
    for (;;) {
      const line = await this.#until(() => this.#text.indexOf('\r\n'))
      const size = Number.parseInt(this.#text.slice(0, line), 16)
      this.#text = this.#text.slice(line + 2)
      body += await this.#take(size)
      if ((await this.#take(2)) !== '\r\n') throw new Error('Cannot read a reply: a chunk does not end with CRLF')
      if (size === 0) return body
    }
  }

  async #take(length: number): Promise<string> {
    await this.#until(() => (this.#text.length >= length ? 0 : -1))
    const taken = this.#text.slice(0, length)
    this.#text = this.#text.slice(length)
    return taken
  }

  async #until(find: () => number): Promise<number> {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      this.#wake()
    }, WAIT_MS)
    try {
      for (;;) {
        const found = find()
        if (found !== -1) return found
        if (isLate) throw new Error(`Cannot read a reply: nothing came after ${JSON.stringify(this.#text)}`)
        if (this.#isEnded)
          throw new Error(`Cannot read a reply: the connection ended after ${JSON.stringify(this.#text)}`)
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    } finally {
      clearTimeout(timer)
    }
  }
}

function readFields(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  return headers
}

function ignore(): void {}
