import type { Clock } from '../core/clock.ts'
import { systemClock } from '../core/clock.ts'
import { defaultLimits, type Limits } from '../core/limits.ts'

export interface StaticFilesOptions {
  /** The folder to serve; links in it may not lead out of it. */
  readonly root: string
  /** Name of the file that stands for its folder; `index.html` by default, null for none. */
  readonly index?: string | null
  /** Shows what a folder without index holds; false by default. */
  readonly listing?: boolean
  /** File sent, with 200, for a page address that no file answers: the entry of a single-page application. */
  readonly fallback?: string
  /** File sent with the status 404 instead of a refusal: `404.html`. */
  readonly notFoundPage?: string
  /**
   * Files whose name changes with their content, by their path inside the tree: kept by browsers for a year. By default
   * names with a hexadecimal hash (`app.3f9c2ab1.js`); null for none.
   */
  readonly immutable?: RegExp | null
  /** `Cache-Control` of all other files; `public, max-age=0, must-revalidate` by default. */
  readonly cacheControl?: string
  /** Sends `.br`, `.zst` and `.gz` siblings to those who accept them; true by default. */
  readonly precompressed?: boolean
  /** Headers of every reply: name, value, name, value. */
  readonly headers?: readonly string[]
  readonly limits?: Limits
  readonly clock?: Clock
}

/** Default of `immutable`: eight hexadecimal digits or more, at least one letter and one digit among them. */
export const HASHED_NAME: RegExp = /[.-](?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{8,64}\.[a-z0-9.]+$/

/** The options with their defaults; an empty name stands for "none". */
export type StaticSettings = Required<StaticFilesOptions>

export function settleOptions(options: StaticFilesOptions): StaticSettings {
  const settings: StaticSettings = {
    index: 'index.html',
    listing: false,
    fallback: '',
    notFoundPage: '',
    immutable: HASHED_NAME,
    cacheControl: 'public, max-age=0, must-revalidate',
    precompressed: true,
    headers: [],
    limits: defaultLimits,
    clock: systemClock,
    ...options,
  }
  const { immutable } = settings
  // With `g` or `y` an expression remembers where it stopped: the next name would be tested from there.
  return immutable === null
    ? settings
    : { ...settings, immutable: new RegExp(immutable, immutable.flags.replace(/[gy]/g, '')) }
}
