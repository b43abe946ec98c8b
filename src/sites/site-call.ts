import type { Call } from '../core/call.ts'

/** The part of a call that pages, forms and cookies need. */
export type SiteCall = Pick<Call, 'addHeader' | 'cookie' | 'header' | 'identity' | 'keyring' | 'now' | 'peer'>
