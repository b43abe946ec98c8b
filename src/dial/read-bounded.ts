import type { IncomingMessage } from 'node:http'
import { type Duplex, pipeline } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { Refusal } from '../core/refusal.ts'

/**
 * Reads a body, decompressed. Both forms are held to `bytesMax`: what is sent, and what comes out of it (a few
 * kilobytes can stand for gigabytes, and megabytes for nothing). Throws a `Refusal` beyond it.
 */
export async function readBounded(response: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  if (Number(response.headers['content-length'] ?? 0) > bytesMax) {
    response.destroy()
    throw tooLarge(bytesMax)
  }
  const decoder = decoderOf(response.headers['content-encoding'])
  if (decoder === null) return await collect(bounded(response, bytesMax))
  // The loop below is told of each error; the pipeline destroys both ends when one of them ends.
  pipeline(
    response,
    (source: AsyncIterable<Buffer>) => bounded(source, bytesMax),
    decoder,
    () => undefined,
  )
  return await collect(bounded(decoder, bytesMax))
}

async function collect(source: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* bounded(source: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw tooLarge(bytesMax)
    yield chunk
  }
}

function decoderOf(encoding: string | undefined): Duplex | null {
  switch ((encoding ?? 'identity').trim().toLowerCase()) {
    case 'identity':
    case '':
      return null
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'br':
      return createBrotliDecompress()
    default:
      throw new Refusal('DIAL_UNACCEPTABLE', { message: 'the other server used an encoding that was not asked for' })
  }
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal('DIAL_UNACCEPTABLE', { message: `the page is larger than ${bytesMax} bytes` })
}
