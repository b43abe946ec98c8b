import type { Limits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { FilePlan } from './file-param.ts'

export interface ReadBodyOptions {
  /** Bytes of a body; files of a multipart one have limits of their own. */
  readonly bodyBytesMax: number
  readonly limits: Limits
  /** The files that the route takes: `files` of its binder. */
  readonly files?: FilePlan | null
}

/** The refusal of a body that is not what its media type says. */
export function malformed(message: string): Refusal {
  return new Refusal('PARAMS_MALFORMED', { message })
}

/** The refusal of a form with more fields than its limit. */
export function tooManyFields(formFieldsMax: number): Refusal {
  return new Refusal('PARAMS_TOO_LARGE', { message: `the form has too many fields: at most ${formFieldsMax} are read` })
}
