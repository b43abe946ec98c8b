import type { Handler } from '../core/route-spec.ts'
import type { CompiledRoute } from '../pipeline/compiled-route.ts'

/** The handler as the app wrote it: its text is what is read, whatever runs around it. */
export function writtenHandler({ declaration: { written, handler } }: CompiledRoute): Handler {
  return written ?? handler
}
