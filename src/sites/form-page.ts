import { attributes, type AttributeValue, type Html, html } from '../wire/html.ts'
import type { ChoiceField, Field, Fields, FileField } from './form-fields.ts'
import type { RenderOptions } from './form-state.ts'
import { FORM_TEXTS, type FormTexts } from './form-texts.ts'

/** A form as markup: labels tied to their fields, messages beside them and a summary above with links to each. */
export function formatForm(fields: Fields, options: RenderOptions & { readonly token: Html }): Html {
  const { token, action, submit, lang = 'en', state } = options
  const texts = FORM_TEXTS[lang]
  const inputs = state?.inputs ?? {}
  const errors = Object.entries(state?.errors ?? {}).filter(([name]) => name in fields)
  const hasFile = Object.values(fields).some(({ type }) => type === 'file')
  const enctype = hasFile ? 'multipart/form-data' : null
  return html`<form method="post" novalidate ${attributes({ action, enctype })}>
${token}
${errors.length === 0 ? null : formatSummary(fields, errors, texts)}
${Object.entries(fields).map(([name, field]) =>
  formatField({ name, field, texts, input: inputs[name], error: state?.errors[name] ?? '' }),
)}<p class="actions"><button type="submit">${submit ?? texts.submit}</button></p>
</form>`
}

interface Shown {
  readonly name: string
  readonly field: Field
  readonly texts: FormTexts
  readonly input: unknown
  readonly error: string
}

function formatSummary(fields: Fields, errors: readonly (readonly [string, string])[], texts: FormTexts): Html {
  const items = errors.map(
    ([name, error]) => html`<li><a href="#${idOf(name)}">${fields[name]?.label}</a>: ${error}</li>`,
  )
  return html`<div class="problems" role="alert"><p>${texts.summary(errors.length)}</p><ul>${items}</ul></div>`
}

function formatField(shown: Shown): Html {
  const { name, field, error } = shown
  if (field.type === 'hidden') return html`<input ${attributes({ type: 'hidden', name, value: textOf(shown.input) })}>`
  if (isGroup(field)) return formatGroup(shown, field)
  const label = html`<label for="${idOf(name)}">${field.label}${mark(shown)}</label>`
  const isCheckbox = field.type === 'checkbox'
  return html`<div class="${error === '' ? 'field' : 'field wrong'}">
${isCheckbox ? html`<span class="check">${formatControl(shown)} ${label}</span>` : label}
${formatNotes(shown)}${isCheckbox ? null : formatControl(shown)}
</div>
`
}

function isGroup(field: Field): field is ChoiceField {
  return field.type === 'radio' || (field.type === 'select' && field.multiple === true)
}

function formatGroup(shown: Shown, field: ChoiceField): Html {
  const { name, input, error } = shown
  const type = field.multiple === true ? 'checkbox' : 'radio'
  const chosen = new Set(Array.isArray(input) ? input.map(String) : [textOf(input)])
  const choices = Object.entries(field.options).map(([value, label], i) => {
    const id = i === 0 ? idOf(name) : `${idOf(name)}-${i}`
    return html`<span class="check"><input ${attributes({ type, id, name, value, checked: chosen.has(value) })}> <label for="${id}">${label}</label></span>
`
  })
  return html`<fieldset ${attributes({ class: error === '' ? 'field' : 'field wrong', 'aria-describedby': notesOf(shown) })}>
<legend>${field.label}${mark(shown)}</legend>
${formatNotes(shown)}${choices}</fieldset>
`
}

function formatControl(shown: Shown): Html {
  const { name, field, input, error } = shown
  const common: Record<string, AttributeValue> = {
    id: idOf(name),
    name,
    required: isRequired(field),
    autocomplete: field.autocomplete,
    'aria-invalid': error === '' ? null : 'true',
    'aria-describedby': notesOf(shown),
  }
  if (field.type === 'textarea') {
    return html`<textarea ${attributes({ ...common, rows: field.rows ?? 5 })}>
${textOf(input)}</textarea>`
  }
  if (field.type === 'select') {
    const options = Object.entries(field.options).map(
      ([value, label]) => html`<option ${attributes({ value, selected: value === textOf(input) })}>${label}</option>`,
    )
    return html`<select ${attributes(common)}>${isRequired(field) ? null : html`<option value=""></option>`}${options}</select>`
  }
  if (field.type === 'checkbox') {
    return html`<input ${attributes({ type: 'checkbox', ...common, value: 'on', checked: input !== undefined && input !== false })}>`
  }
  if (field.type === 'file') return formatFileControl(field, common)
  return html`<input ${attributes({ type: field.type ?? 'text', ...common, value: field.type === 'password' ? null : textOf(input) })}>`
}

function formatFileControl({ param }: FileField, common: Readonly<Record<string, AttributeValue>>): Html {
  const { types, count } = param
  const accept = types.length === 0 ? null : types.join(', ')
  return html`<input ${attributes({ type: 'file', ...common, accept, multiple: count.countMax > 1 })}>`
}

/** Says which fields may stay empty: fewer words than marking those that may not. */
function mark({ field, texts }: Shown): Html | null {
  return isRequired(field) || field.type === 'checkbox'
    ? null
    : html` <span class="optional">(${texts.optional})</span>`
}

function formatNotes({ name, field, error }: Shown): Html {
  return html`${
    field.hint === undefined
      ? null
      : html`<p class="hint" id="${idOf(name)}-hint">${field.hint}</p>
`
  }${
    error === ''
      ? null
      : html`<p class="message" id="${idOf(name)}-error">${error}</p>
`
  }`
}

function notesOf({ name, field, error }: Shown): string | null {
  const ids = [
    ...(field.hint === undefined ? [] : [`${idOf(name)}-hint`]),
    ...(error === '' ? [] : [`${idOf(name)}-error`]),
  ]
  return ids.length === 0 ? null : ids.join(' ')
}

/** A schema that takes no value at all wants one. */
function isRequired(field: Field): boolean {
  if (field.type === 'file') return field.param.count.countMin > 0
  const result = field.schema['~standard'].validate(field.type === 'checkbox' ? false : undefined)
  // A schema that answers later is asked when the form comes back.
  return !(result instanceof Promise) && result.issues !== undefined
}

function idOf(name: string): string {
  return `field-${name}`
}

function textOf(input: unknown): string {
  return typeof input === 'string' || typeof input === 'number' || typeof input === 'bigint' ? String(input) : ''
}
