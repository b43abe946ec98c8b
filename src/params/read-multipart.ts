import type { Received } from '../core/received.ts'
import { type MaybePromise, type Outcome, Refusal } from '../core/refusal.ts'
import type { ParsedBody } from './parsed-body.ts'
import type { ReadBodyOptions } from './read-body.ts'

export function readMultipart(
  _received: Received,
  _boundary: string,
  _options: ReadBodyOptions,
): MaybePromise<Outcome<ParsedBody>> {
  return new Refusal('PARAMS_MEDIA_TYPE')
}
