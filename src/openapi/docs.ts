import type { DeclareRoute, Module } from '../app/declare.ts'
import type { Call } from '../core/call.ts'
import { refuse } from '../core/refusal.ts'
import type { RouteOptions } from '../core/route-spec.ts'
import type { Rule } from '../core/rule.ts'
import { CallState } from '../pipeline/call-state.ts'
import { reply } from '../reply/reply.ts'
import { z } from 'zod'
import type { DocumentOptions } from './describe-app.ts'
import { createDocumentBook, type DocumentBook } from './document-book.ts'
import { docsPage } from './docs-page.ts'
import { noteDocs } from './noted-docs.ts'
import { sends } from '../core/sent-kind.ts'
import { openSwaggerUi } from './swagger-ui.ts'

export interface DocsOptions<R> extends DocumentOptions, Pick<RouteOptions, 'authn' | 'fresh' | 'realm'> {
  /** Who may read the documentation. */
  readonly authorize: R
  /**
   * `all`, the default: whoever may read the documentation sees every route. `callable`: a reader sees the routes that
   * the rules let them call.
   */
  readonly shows?: 'all' | 'callable'
  /** False: the document alone, without the page; then `swagger-ui-dist` need not be installed. */
  readonly page?: boolean
}

/** What the app gives the rule of the documentation. */
type EnvOf<R> = R extends Rule<never, string | null, infer E> ? E : never

/**
 * `/openapi.json` and, with Swagger UI, `/apidocs`: `app.mount('/', docs({ authorize: OPEN }))`. Throws a `ConfigError`
 * where the package `swagger-ui-dist` is missing.
 */
export function docs<R extends Rule<Record<never, never>, string | null, never>>(
  options: DocsOptions<R>,
): Module<EnvOf<R>> {
  const { authorize, authn, fresh, realm, shows = 'all', page = true, ...texts } = options
  const book = createDocumentBook(texts, shows)
  const common = {
    authorize: authorize as Rule<Record<never, never>, string | null, never>, // what R is bound to
    tags: [TAG],
    ...(authn === undefined ? {} : { authn }),
    ...(fresh === undefined ? {} : { fresh }),
    ...(realm === undefined ? {} : { realm }),
  }
  return {
    '~declare': ({ get }) => {
      get('/openapi.json', { ...common, ...DOCUMENT_SPEC }, noteDocs(sendDocument(book), texts))
      if (page) declarePage(get, common, texts.title)
    },
  }
}

const TAG = 'documentation'

const DOCUMENT_SPEC = {
  summary: 'This document',
  description: 'The routes of this app as OpenAPI 3.1: all that this reader may see, or what one audience may call.',
  params: { as: z.string().max(200).optional().describe('`nobody`, `user`, or the name of a group or scope.') },
  status: 200,
  reply: z.looseObject({ openapi: z.string() }),
}

function sendDocument(
  book: DocumentBook,
): (args: { readonly as?: string | undefined }, call: Call) => Promise<unknown> {
  return async ({ as }, call) => {
    const text = await book.textFor(stateOf(call), as ?? null)
    if (text === null) throw refuse(400, 'there is no such audience: nobody, user, or the name of a group or scope')
    return reply(text, { headers: { 'content-type': 'application/json' } })
  }
}

function stateOf(call: Call): CallState {
  if (call instanceof CallState) return call
  throw new TypeError('Cannot document the app: the call is not one of its pipeline')
}

interface Common extends Pick<RouteOptions, 'authn' | 'fresh' | 'realm' | 'tags'> {
  readonly authorize: Rule<Record<never, never>, string | null, never>
}

function declarePage(get: DeclareRoute<never>, common: Common, title?: string): void {
  const ui = openSwaggerUi()
  const sendPage = sends('page', (_: unknown, call: Call) =>
    docsPage({ title: title ?? stateOf(call).runtime.view?.name ?? '', csrfToken: call.csrfToken }),
  )
  get('/apidocs', { ...common, summary: 'The documentation to read and to try' }, sendPage)
  const params = { file: z.string().max(100).describe('The name of one of its files.') }
  get('/apidocs/:file', { ...common, params, summary: 'Scripts and styles of the documentation' }, ui)
}
