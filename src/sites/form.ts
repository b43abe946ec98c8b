import { ConfigError } from '../core/config-error.ts'
import { RefusedFile } from '../core/file-problem.ts'
import type { Param } from '../core/params.ts'
import { z } from 'zod'
import type { Html } from '../wire/html.ts'
import { checkCsrf, CSRF_FIELD, csrfField } from './csrf.ts'
import type { SiteLanguage } from './error-texts.ts'
import { type Field, type Fields, type FormValues, looseParam, readInput } from './form-fields.ts'
import { formatForm } from './form-page.ts'
import type { FormState, RenderOptions } from './form-state.ts'
import { sayFileProblem } from './file-texts.ts'
import { FORM_TEXTS } from './form-texts.ts'
import { sayIssue } from './issue-texts.ts'
import type { SiteCall } from './site-call.ts'

export type FormOutcome<F extends Fields> =
  | { readonly isValid: true; readonly values: FormValues<F> }
  | { readonly isValid: false; readonly state: FormState }

/** A form: its fields are declared once, for the page and for the route that takes it. */
export interface Form<F extends Fields> {
  readonly fields: F
  /** `params` of the route that takes the form. */
  readonly params: { readonly [Name in keyof F | typeof CSRF_FIELD]: Param }
  /** The form as markup, with its token: needs `method="post"` and says so itself. */
  render(call: SiteCall, options?: RenderOptions): Html
  /** Refuses with 403 what did not come from our own page; gives the values, or what to show again. */
  check(call: SiteCall, args: Readonly<Record<string, unknown>>, lang?: SiteLanguage): Promise<FormOutcome<F>>
  /** What to show again when the app itself finds something wrong: `form.withErrors(args, { name: 'is taken' })`. */
  withErrors(args: Readonly<Record<string, unknown>>, errors: { readonly [Name in keyof F]?: string }): FormState
}

/** Fields that every form has by itself: its own token, and that of a login. */
const TAKEN_NAMES: readonly string[] = [CSRF_FIELD, '_csrf']

/**
 * Declares a form. Names of fields are those of the parameters of its route. Throws a `ConfigError` where a name is taken
 * by the token of the form.
 */
export function defineForm<const F extends Fields>(fields: F): Form<F> {
  const names = Object.keys(fields)
  const mistakes = names
    .filter((name) => TAKEN_NAMES.includes(name))
    .map((name) => ({ where: `field ${name}`, problem: 'the name is that of the token which every form has' }))
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  const params = Object.fromEntries(names.map((name) => [name, looseParam(fieldOf(fields, name))]))
  return {
    fields,
    // Each field gave its parameter above, and the token has its own.
    params: { ...params, [CSRF_FIELD]: z.string().optional() } as Form<F>['params'],
    render: (call, options = {}) => formatForm(fields, { token: csrfField(call), ...options }),
    check: async (call, args, lang = 'en') => {
      checkCsrf(call, args[CSRF_FIELD])
      const values: Record<string, unknown> = {}
      const errors: Record<string, string> = {}
      for (const name of names) {
        const result = await checkField(fieldOf(fields, name), args[name], lang)
        if ('error' in result) errors[name] = result.error
        else values[name] = result.value
      }
      if (Object.keys(errors).length > 0) return { isValid: false, state: { inputs: args, errors } }
      return { isValid: true, values: values as FormValues<F> } // every field passed its schema
    },
    withErrors: (args, errors) => ({ inputs: args, errors: errors as FormState['errors'] }), // a missing message is no error
  }
}

function fieldOf(fields: Fields, name: string): Field {
  const field = fields[name]
  if (field === undefined) throw new TypeError(`Cannot find the field "${name}" of a form`)
  return field
}

type FieldResult = { readonly value: unknown } | { readonly error: string }

async function checkField(field: Field, input: unknown, lang: SiteLanguage): Promise<FieldResult> {
  const texts = FORM_TEXTS[lang]
  if (field.type === 'file') {
    if (!(input instanceof RefusedFile)) return { value: input }
    if (input.problem.kind === 'missing') return { error: texts.required }
    return { error: field.message ?? sayFileProblem(input.problem, lang) }
  }
  const read = readInput(field, input)
  if (read === null) return { error: texts.number }
  const result = await field.schema['~standard'].validate(read.value)
  if (result.issues === undefined) return { value: result.value }
  if (read.value === undefined) return checkEmpty(field, texts.required)
  if (field.type === 'checkbox') return { error: field.message ?? texts.required }
  return { error: field.message ?? sayIssue(result.issues[0], lang) }
}

/** Nothing was typed. A schema of any text takes the empty one; another wants something. */
async function checkEmpty(field: Exclude<Field, { readonly type: 'file' }>, required: string): Promise<FieldResult> {
  const result = await field.schema['~standard'].validate('')
  return result.issues === undefined ? { value: result.value } : { error: required }
}
