import type { StatementPlace } from './sql-error.ts'
import type { StatementShape } from './statement-shape.ts'

/** What a statement gives, said by the operator after its name. */
export type StatementKind = 'rows' | 'row' | 'value' | 'affected' | 'batch' | 'script'

/** The operator of each kind in a `.sql` file. */
export const OPERATORS: Readonly<Record<StatementKind, string>> = {
  rows: '',
  row: '^',
  value: '$',
  affected: '!',
  batch: '*!',
  script: '#',
}

/** One statement of a `.sql` file. */
export interface Statement extends StatementPlace {
  /** Name as the file has it: `get_stuff_sid`. */
  readonly name: string
  /** Name in TypeScript: `getStuffSid`. */
  readonly method: string
  readonly kind: StatementKind
  /** Declared arguments; the first is `$1` in `text`. */
  readonly parameters: readonly string[]
  /** Rows as arrays of values instead of objects. */
  readonly isTuple: boolean
  /** Rows one by one as they are read, instead of all at once. */
  readonly isStream: boolean
  readonly shape: StatementShape
  /** Comment lines under the name. */
  readonly doc: string
  /** Line of the name. */
  readonly line: number
}

/** `get_stuff-sid` → `getStuffSid`. */
export function formatMethodName(name: string): string {
  return name.replace(/[-_]+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

const TAKEN = new Set([...Object.getOwnPropertyNames(Object.prototype), 'then', 'prototype'])

/** True for names that JavaScript itself uses: an object with a method `then` would be taken for a promise. */
export function isReservedName(name: string): boolean {
  return TAKEN.has(name)
}
