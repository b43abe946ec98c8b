import type { FileProblem } from '../core/file-problem.ts'
import type { SiteLanguage } from './error-texts.ts'
import { FORM_TEXTS } from './form-texts.ts'

/** Why a file was not taken, in words for the person who chose it. */
export function sayFileProblem(problem: FileProblem, lang: SiteLanguage): string {
  const texts = FORM_TEXTS[lang].file
  switch (problem.kind) {
    case 'missing':
      return FORM_TEXTS[lang].required
    case 'too-few':
      return texts.tooFew(problem.countMin)
    case 'too-many':
      return texts.tooMany(problem.countMax)
    case 'too-large':
      return texts.tooLarge(formatSize(problem.bytesMax, lang))
    case 'wrong-type':
      return texts.wrongType(formatTypes(problem.types, lang))
    case 'contradicts-type':
      return texts.broken
  }
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** `1 MB`, `1,5 Mo`: rounded down, so that a file of the size that is shown is taken. */
function formatSize(bytes: number, lang: SiteLanguage): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(bytes) / 3)))
  const value = Math.floor((bytes / 1000 ** step) * 10) / 10
  return new Intl.NumberFormat(lang, { style: 'unit', unit: UNITS[step] ?? 'byte', unitDisplay: 'short' }).format(value)
}

// What people call the types that they meet; others are shown as they are.
const KNOWN_AS: ReadonlyMap<string, string> = new Map([
  ['image/svg+xml', 'SVG'],
  ['text/plain', 'TXT'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'DOCX'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'XLSX'],
  ['application/vnd.oasis.opendocument.text', 'ODT'],
  ['application/vnd.oasis.opendocument.spreadsheet', 'ODS'],
])

function formatTypes(types: readonly string[], lang: SiteLanguage): string {
  const names = types.map((type) => KNOWN_AS.get(type) ?? shortName(type))
  return new Intl.ListFormat(lang, { type: 'disjunction' }).format(names)
}

/** `image/png`: PNG. */
function shortName(type: string): string {
  const subtype = type.slice(type.indexOf('/') + 1)
  return /^[a-z0-9]{2,5}$/.test(subtype) ? subtype.toUpperCase() : type
}
