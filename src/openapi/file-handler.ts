import type { Handler } from '../core/route-spec.ts'

const FILES = new WeakSet<object>()

/** Marks a handler that sends a file, whole or in part. */
export function fileHandler<H extends object>(handler: H): H {
  FILES.add(handler)
  return handler
}

export function isFileHandler(handler: Handler): boolean {
  return FILES.has(handler)
}
