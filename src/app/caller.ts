const FRAME = /(?:\(|at )(?:async )?(?:file:\/\/)?(\/[^()]+|[A-Z]:[^()]+):(\d+):\d+\)?$/
const OWN_FOLDER = new URL('..', import.meta.url).pathname

/** `file:line` of the code outside the framework that called it; `unknown` where the stack does not say. */
export function callerPlace(): string {
  for (const line of (new Error('place').stack ?? '').split('\n').slice(2)) {
    const [, file, row] = FRAME.exec(line.trim()) ?? []
    if (file !== undefined && !isOwn(file)) return `${file}:${row ?? '?'}`
  }
  return 'unknown'
}

/** The framework's own tests declare routes too: they count as callers. */
function isOwn(file: string): boolean {
  return file.startsWith(OWN_FOLDER) && !file.includes('.test.')
}
