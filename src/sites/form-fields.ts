import { z } from 'zod'
import type { Param, ParamOutput, Schema, UploadParam } from '../core/params.ts'

export type InputType =
  | 'text'
  | 'email'
  | 'password'
  | 'number'
  | 'date'
  | 'tel'
  | 'url'
  | 'search'
  | 'color'
  | 'hidden'

interface FieldBase {
  /** What a person reads beside the field. */
  readonly label: string
  /** One line of help under the label. */
  readonly hint?: string
  /** What `autocomplete` says about the field (HTML standard section 4.10.18.7). */
  readonly autocomplete?: string
}

interface SchemaField<Output> extends FieldBase {
  /** Checks the value; a number for `number`, a boolean for `checkbox`, a list for `multiple`, text for all others. */
  readonly schema: Schema<Output>
  /** Shown instead of the message of the schema. */
  readonly message?: string
}

export interface InputField<Output = unknown> extends SchemaField<Output> {
  /** `text` by default. */
  readonly type?: InputType
}

export interface TextareaField<Output = unknown> extends SchemaField<Output> {
  readonly type: 'textarea'
  readonly rows?: number
}

export interface CheckboxField<Output = unknown> extends SchemaField<Output> {
  readonly type: 'checkbox'
}

export interface ChoiceField<Output = unknown> extends SchemaField<Output> {
  readonly type: 'select' | 'radio'
  /** Value → what a person reads. */
  readonly options: Readonly<Record<string, string>>
  /** Several may be chosen (checkboxes, or a list). */
  readonly multiple?: boolean
}

export interface FileField<Output = unknown> extends FieldBase {
  readonly type: 'file'
  /** What `file({ … })` or `files({ … })` gives: how large, of which types, how many, and whether it may be absent. */
  readonly param: UploadParam<Output>
  /** Shown instead of what the form says of a file that is not taken. */
  readonly message?: string
}

export type Field = InputField | TextareaField | CheckboxField | ChoiceField | FileField
export type Fields = Readonly<Record<string, Field>>

export type FieldOutput<F> = F extends { readonly param: infer P }
  ? ParamOutput<P>
  : F extends { readonly schema: infer S }
    ? ParamOutput<S>
    : never

/** The values of a form that was filled in rightly. */
export type FormValues<F extends Fields> = { readonly [Name in keyof F]: FieldOutput<F[Name]> }

const LOOSE = z.string().optional()
const LOOSE_LIST = z.array(z.string()).optional()

/** What the route takes for a field: any text, so that a wrong one comes back on the page instead of a refusal. */
export function looseParam(field: Field): Param {
  if (field.type === 'file') return field.param.forForm()
  return 'multiple' in field && field.multiple ? LOOSE_LIST : LOOSE
}

/** The value of a field as its schema wants it, from the text that a browser sent; null: no value can be read. */
export function readInput(field: Exclude<Field, FileField>, input: unknown): { readonly value: unknown } | null {
  if (field.type === 'checkbox') return { value: input !== undefined }
  if ('multiple' in field && field.multiple) return { value: input ?? [] }
  if (input === undefined || input === '') return { value: undefined }
  if (field.type !== 'number') return { value: input }
  // People write 1,5 where their language does.
  const number = typeof input === 'string' ? Number(input.trim().replace(',', '.')) : Number.NaN
  return Number.isFinite(number) ? { value: number } : null
}
