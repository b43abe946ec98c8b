import type { Refusal } from './refusal.ts'

/** What is known of a refused call when its page is made. */
export interface ErrorPageRequest {
  /** Id of the call, to be quoted to those who run the server. */
  readonly id: string
  readonly method: string
  /** Nonce for scripts and styles inside the page. */
  readonly nonce: string
  /** Path as sent, percent-encoded. */
  readonly path: string
  /** What stands after the `?`, as sent; empty where there is none. */
  readonly query: string
  header(name: string): string | undefined
}

/** A page as HTML text, with its headers beside the content type: name, value, name, value. */
export interface ErrorPageReply {
  readonly text: string
  readonly headers: readonly string[]
}

/** Makes the page that a person is shown for a refusal; null where the peer did not ask for a page. */
export type ErrorPage = (refusal: Refusal, request: ErrorPageRequest) => ErrorPageReply | null
