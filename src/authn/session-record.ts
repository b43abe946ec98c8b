/** A session as the store holds it. */
export interface SessionRecord {
  readonly user: string
  readonly createdAtMs: number
  readonly seenAtMs: number
  /** When the user last proved who they are. */
  readonly authenticatedAtMs: number
  /** What the app wrote about it, to be recognised in a list: the device, the address. */
  readonly label: string
}

export function formatSession(record: SessionRecord): string {
  const { user, createdAtMs, seenAtMs, authenticatedAtMs, label } = record
  return JSON.stringify([user, createdAtMs, seenAtMs, authenticatedAtMs, label])
}

/** Null on a text that we did not write. */
export function parseSession(text: string): SessionRecord | null {
  const value: unknown = parseJson(text)
  if (!Array.isArray(value)) return null
  const fields: readonly unknown[] = value
  const [user, createdAtMs, seenAtMs, authenticatedAtMs, label] = fields
  if (typeof user !== 'string' || typeof label !== 'string') return null
  if (typeof createdAtMs !== 'number' || typeof seenAtMs !== 'number' || typeof authenticatedAtMs !== 'number')
    return null
  return { user, createdAtMs, seenAtMs, authenticatedAtMs, label }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // Not JSON: said by the caller.
  }
}
