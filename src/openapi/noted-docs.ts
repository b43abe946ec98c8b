import type { AppView } from '../pipeline/app-view.ts'
import type { DocumentOptions } from './describe-app.ts'
import { writtenHandler } from './written-handler.ts'

const NOTED = new WeakMap<object, DocumentOptions>()

/** Notes what a handler that sends the document was told of it. */
export function noteDocs<H extends object>(handler: H, options: DocumentOptions): H {
  NOTED.set(handler, options)
  return handler
}

/** What the app says of its own document, where it mounts one. */
export function notedDocs({ routes }: AppView): DocumentOptions {
  for (const route of routes) {
    const noted = NOTED.get(writtenHandler(route))
    if (noted !== undefined) return noted
  }
  return {}
}
