import { REFUSALS, type RefusalCode } from '../core/refusal.ts'
import type { Handler } from '../core/route-spec.ts'
import { blankComments, findClose, findTop } from './code-text.ts'
import { readResults, type HandlerResult, type ResultContext } from './read-result.ts'
import type { StatementBook } from './statement-book.ts'

/** A refusal that a handler names itself. */
export interface NamedRefusal {
  readonly code: RefusalCode
  readonly status: number
}

/** What the text of a handler says about its replies. It is read, never trusted: the declaration of the route wins. */
export interface HandlerFacts {
  readonly results: readonly HandlerResult[]
  readonly refusals: readonly NamedRefusal[]
  /** What the comments of its statements say. */
  readonly texts: readonly string[]
}

/** Functions of the framework that refuse, by the name that handlers call them by. */
const REFUSING: Readonly<Record<string, readonly RefusalCode[]>> = {
  found: ['HANDLE_NOT_FOUND'],
  changed: ['HANDLE_NOT_FOUND'],
  hashPassword: ['AUTHN_WEAK_PASSWORD', 'AUTHN_BUSY'],
  rotate: ['AUTHN_TOKEN_REUSED', 'AUTHN_UNAVAILABLE'],
  revoke: ['AUTHN_UNAVAILABLE'],
  createPair: ['AUTHN_UNAVAILABLE'],
}

/**
 * Reads the source of a handler, the one that dispatch executes: `created(…)` is 201, `changed(…)` 204 or 404,
 * `refuse(409, …)` 409, and the types of `sql.…` are those of the generated file.
 */
export function readHandler(handler: Handler, known: Omit<ResultContext, 'body'>): HandlerFacts {
  const body = bodyOf(blankComments(String(handler)))
  const returned = body.isBlock ? findReturns(body.text) : [body.text]
  const results = returned.flatMap((expression) => readResults(expression, { ...known, body: body.text }))
  return {
    results: results.length === 0 ? [{ status: 204, type: null, schema: null }] : results,
    refusals: findRefusals(body.text),
    texts: findTexts(body.text, known.statements),
  }
}

interface Body {
  readonly text: string
  readonly isBlock: boolean
}

function bodyOf(source: string): Body {
  const arrow = findTop(source, (i) => source.startsWith('=>', i))
  const block = findTop(source, (i) => source[i] === '{')
  if (arrow !== -1 && (block === -1 || arrow < block)) {
    const text = source.slice(arrow + 2).trim()
    return text.startsWith('{') ? { text: text.slice(1, -1), isBlock: true } : { text, isBlock: false }
  }
  return block === -1
    ? { text: '', isBlock: true }
    : { text: source.slice(block + 1, findClose(source, block)), isBlock: true }
}

const RETURN = /\breturn\b(?![\w$])/g

function findReturns(text: string): readonly string[] {
  return [...text.matchAll(RETURN)].map(({ index }) => {
    const rest = text.slice(index + 'return'.length)
    const end = findTop(rest, (i) => rest[i] === ';' || rest[i] === '}' || (rest[i] === '\n' && isEnd(rest, i)))
    return rest.slice(0, end === -1 ? rest.length : end).trim()
  })
}

/** A line that starts with an operator goes on with the one before. */
function isEnd(text: string, newline: number): boolean {
  const before = text.slice(0, newline).trimEnd()
  return before !== '' && !/[?:&|+(,=]$/.test(before) && !/^\s*[?:.&|+)\]]/.test(text.slice(newline))
}

function findRefusals(text: string): readonly NamedRefusal[] {
  const named = [...text.matchAll(/\brefuse\(\s*(\d{3})\b/g)].map(([, status]): NamedRefusal => ({
    code: 'HANDLE_REFUSED',
    status: Number(status),
  }))
  const codes = [...text.matchAll(/\bnew Refusal\(\s*['"`]([A-Z_]+)['"`]/g)].flatMap(([, code]) => toCode(code))
  const called = [...text.matchAll(/\b(\w+)\(/g)].flatMap(([, name = '']) =>
    Object.hasOwn(REFUSING, name) ? (REFUSING[name] ?? []) : [],
  )
  return [...named, ...[...codes, ...called].map((code) => ({ code, status: REFUSALS[code].status }))]
}

function toCode(text: string | undefined): readonly RefusalCode[] {
  return text !== undefined && Object.hasOwn(REFUSALS, text) ? [text as RefusalCode] : [] // REFUSALS has all codes
}

function findTexts(text: string, statements: StatementBook): readonly string[] {
  const names = [...text.matchAll(/\bsql\.([\w$.]+)\(/g)].map(([, name = '']) => name)
  return [...new Set(names)].flatMap((name) => {
    const doc = statements.get(name)?.doc ?? ''
    return doc === '' ? [] : [doc]
  })
}
