import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { ConfigError } from '../core/config-error.ts'
import { defaultLimits } from '../core/limits.ts'
import { createStaticFiles, type StaticFiles } from './static-files.ts'
import type { StaticFilesOptions } from './static-settings.ts'
import { readRefusal, readReply, receivedOf, type SeenReply } from './received.test-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'guichet-static-'))
after(() => rmSync(folder, { recursive: true }))
const root = join(folder, 'public')
const SECRET = 'the secret outside the tree'
const LARGE = Buffer.alloc(300_000, 'abcdefghij')

mkdirSync(join(root, 'docs'), { recursive: true })
mkdirSync(join(root, 'bare/.git'), { recursive: true })
mkdirSync(join(root, '.well-known'))
writeFileSync(join(folder, 'secret.txt'), SECRET)
writeFileSync(join(folder, 'public-secret.txt'), SECRET)
writeFileSync(join(root, 'index.html'), '<h1>home</h1>')
writeFileSync(join(root, '404.html'), '<h1>lost</h1>')
writeFileSync(join(root, 'a b é.txt'), 'accents')
writeFileSync(join(root, 'ten.txt'), '0123456789')
writeFileSync(join(root, 'empty.txt'), '')
writeFileSync(join(root, 'large.bin'), LARGE)
writeFileSync(join(root, 'app.3f9c2ab1.js'), 'x')
writeFileSync(join(root, 'report-20240101.txt'), 'x')
writeFileSync(join(root, 'docs/index.html'), '<h1>docs</h1>')
writeFileSync(join(root, 'bare/z<b>.txt'), 'z')
writeFileSync(join(root, 'bare/.git/config'), SECRET)
writeFileSync(join(root, '.env'), SECRET)
writeFileSync(join(root, '.well-known/security.txt'), 'Contact: mailto:a@example.org')
writeFileSync(join(root, 'style.css'), 'p { color: red }'.repeat(50))
writeFileSync(join(root, 'style.css.br'), brotliCompressSync('p { color: red }'.repeat(50)))
writeFileSync(join(root, 'style.css.gz'), gzipSync('p { color: red }'.repeat(50)))
writeFileSync(join(root, 'old.css'), 'new')
writeFileSync(join(root, 'old.css.br'), brotliCompressSync('old'))
utimesSync(join(root, 'old.css.br'), 1, 1)
symlinkSync('../secret.txt', join(root, 'link-out.txt'))
symlinkSync('..', join(root, 'link-up'))
symlinkSync(join(root, 'ten.txt'), join(root, 'link-in.txt'))
symlinkSync('.env', join(root, 'link-hidden.txt'))
symlinkSync('loop', join(root, 'loop'))
if (process.platform !== 'win32') execFileSync('mkfifo', [join(root, 'pipe')])

// An hour later the files are settled: their times will not change unnoticed.
const clock = { now: () => Date.now() + 3_600_000 }
const limits = { ...defaultLimits, staticCachedFileBytesMax: 100_000, staticRevalidateMs: 1_000_000 }

function serve(options: Partial<StaticFilesOptions> = {}): StaticFiles {
  return createStaticFiles({ root, clock, limits, ...options })
}

const files = serve()

function get(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<SeenReply> {
  return readReply(files(receivedOf(path, headers, { method }), path.split('?')[0] ?? ''))
}

test('createStaticFiles() throws a ConfigError when the folder does not exist', () => {
  assert.throws(() => createStaticFiles({ root: join(folder, 'nothing') }), ConfigError)
  assert.throws(() => createStaticFiles({ root: join(root, 'ten.txt') }), ConfigError)
})

test('createStaticFiles() sends a file with its type, length and validators', async () => {
  const { status, headers, body } = await get('/ten.txt')
  assert.equal(status, 200)
  assert.equal(body.toString(), '0123456789')
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal(headers['accept-ranges'], 'bytes')
  assert.match(headers.etag ?? '', /^"[\w-]{22}"$/)
  assert.match(headers['last-modified'] ?? '', / GMT$/)
  assert.equal(headers['cache-control'], 'public, max-age=0, must-revalidate')
})

test('createStaticFiles() answers at once when the file is in memory', async () => {
  await get('/ten.txt')
  assert.ok(!(files(receivedOf('/ten.txt'), '/ten.txt') instanceof Promise))
  await get('/docs/')
  assert.ok(!(files(receivedOf('/docs/'), '/docs/') instanceof Promise))
})

test('createStaticFiles() decodes names when they are percent-encoded', async () => {
  assert.equal((await get('/a%20b%20%C3%A9.txt')).body.toString(), 'accents')
})

test('createStaticFiles() streams a file when it is large, and promises its length', async () => {
  const reply = await files(receivedOf('/large.bin'), '/large.bin')
  assert.ok('body' in reply && reply.bodyBytes === LARGE.length)
  const seen = await readReply(reply)
  assert.ok(seen.body.equals(LARGE))
  assert.match(seen.headers.etag ?? '', /^"/)
})

test('createStaticFiles() gives a weak tag when a large file has just changed', async () => {
  const young = createStaticFiles({ root, limits })
  writeFileSync(join(root, 'young.bin'), LARGE)
  const { headers } = await readReply(young(receivedOf('/young.bin'), '/young.bin'))
  assert.match(headers.etag ?? '', /^W\/"/)
  const range = await readReply(
    young(receivedOf('/young.bin', { range: 'bytes=0-0', 'if-range': headers.etag ?? '' }), '/young.bin'),
  )
  assert.equal(range.status, 200)
})

test('createStaticFiles() closes the file when the reply was never read', async () => {
  const reply = await files(receivedOf('/large.bin'), '/large.bin')
  assert.ok('onEnd' in reply && typeof reply.body === 'object' && reply.body !== null)
  reply.onEnd?.(new Error('gone'))
  const body = reply.body as AsyncIterable<Uint8Array> // a large file is streamed, see above
  await assert.rejects(async () => {
    for await (const _ of body) break
  })
})

for (const path of ['/ten.txt', '/large.bin']) {
  test(`createStaticFiles() answers conditions about ${path}`, async () => {
    const { headers } = await get(path)
    const etag = headers.etag ?? ''
    const modified = headers['last-modified'] ?? ''
    const fresh = await get(path, { 'if-none-match': etag })
    assert.deepEqual([fresh.status, fresh.body.length, fresh.headers.etag], [304, 0, etag])
    assert.equal(fresh.headers['content-type'], undefined)
    assert.equal((await get(path, { 'if-modified-since': modified })).status, 304)
    assert.equal((await get(path, { 'if-none-match': '"other"' })).status, 200)
    const failed = await readRefusal(files(receivedOf(path, { 'if-match': '"other"' }), path))
    assert.equal(failed.status, 412)
  })

  test(`createStaticFiles() sends ranges of ${path}`, async () => {
    const all = readFileSync(join(root, path))
    const one = await get(path, { range: 'bytes=2-4' })
    assert.equal(one.status, 206)
    assert.equal(one.headers['content-range'], `bytes 2-4/${all.length}`)
    assert.ok(one.body.equals(all.subarray(2, 5)))
    const several = await get(path, { range: 'bytes=0-1, -2' })
    const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(several.headers['content-type'] ?? '')?.[1] ?? ''
    assert.equal(
      several.body.toString(),
      `\r\n--${boundary}\r\ncontent-type: ${one.headers['content-type']}\r\ncontent-range: bytes 0-1/${all.length}\r\n\r\n` +
        `${all.toString('latin1', 0, 2)}\r\n--${boundary}\r\ncontent-type: ${one.headers['content-type']}\r\n` +
        `content-range: bytes ${all.length - 2}-${all.length - 1}/${all.length}\r\n\r\n${all.toString('latin1', all.length - 2)}\r\n--${boundary}--\r\n`,
    )
    const none = await readRefusal(files(receivedOf(path, { range: `bytes=${all.length}-` }), path))
    assert.deepEqual([none.status, none.headers], [416, ['content-range', `bytes */${all.length}`]])
    assert.equal((await get(path, { range: 'bytes=0-1', 'if-range': '"other"' })).status, 200)
    assert.equal((await get(path, { range: 'bytes=0-1', 'if-range': one.headers.etag ?? '' })).status, 206)
    assert.equal((await get(path, { range: 'bytes=0-1' }, 'HEAD')).status, 200)
  })
}

test('createStaticFiles() sends an empty file', async () => {
  assert.equal((await get('/empty.txt')).body.length, 0)
  assert.equal((await readRefusal(files(receivedOf('/empty.txt', { range: 'bytes=0-' }), '/empty.txt'))).status, 416)
})

test('createStaticFiles() sends the sibling that the client prefers', async () => {
  const br = await get('/style.css', { 'accept-encoding': 'gzip, deflate, br, zstd' })
  assert.equal(br.headers['content-encoding'], 'br')
  assert.equal(br.headers['content-type'], 'text/css; charset=utf-8')
  assert.equal(br.headers.vary, 'accept-encoding')
  const gzip = await get('/style.css', { 'accept-encoding': 'gzip, br;q=0' })
  assert.equal(gzip.headers['content-encoding'], 'gzip')
  for (const [accepted, coding] of [
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0.5, gzip', 'gzip'],
    ['br;q=0.5, *', 'gzip'],
    ['*;q=0', undefined],
  ] as const) {
    const { headers } = await get('/style.css', { 'accept-encoding': accepted })
    assert.equal(headers['content-encoding'], coding, accepted)
  }
  const plain = await get('/style.css')
  assert.equal(plain.headers['content-encoding'], undefined)
  assert.equal(plain.headers.vary, 'accept-encoding')
  assert.equal(new Set([br, gzip, plain].map(({ headers }) => headers.etag)).size, 3)
  assert.equal((await get('/ten.txt', { 'accept-encoding': 'br' })).headers.vary, undefined)
})

test('createStaticFiles() ignores a sibling when it is older than its file', async () => {
  const { headers, body } = await get('/old.css', { 'accept-encoding': 'br' })
  assert.deepEqual([headers['content-encoding'], body.toString()], [undefined, 'new'])
})

test('createStaticFiles() lets browsers keep names with a hash for a year, and no others', async () => {
  assert.match((await get('/app.3f9c2ab1.js')).headers['cache-control'] ?? '', /immutable/)
  assert.doesNotMatch((await get('/report-20240101.txt')).headers['cache-control'] ?? '', /immutable/)
  const own = serve({ immutable: /^docs\//g })
  for (let i = 0; i < 2; i++) {
    const { headers } = await readReply(own(receivedOf('/docs/'), '/docs/'))
    assert.match(headers['cache-control'] ?? '', /immutable/)
  }
})

test('createStaticFiles() sends the index of a folder, and others to its slash', async () => {
  assert.equal((await get('/')).body.toString(), '<h1>home</h1>')
  assert.equal((await get('/docs/')).body.toString(), '<h1>docs</h1>')
  const { status, headers } = await readReply(files(receivedOf('/docs?a=b'), '/docs'))
  assert.deepEqual([status, headers.location], [301, './docs/?a=b'])
  const mounted = await readReply(files(receivedOf('/mount'), ''))
  assert.equal(mounted.headers.location, './mount/')
})

test('createStaticFiles() does not say that a folder exists when there is nothing to show', async () => {
  for (const path of ['/bare', '/bare/', '/.well-known/']) {
    assert.equal((await readRefusal(files(receivedOf(path), path))).code, 'ROUTE_NOT_FOUND')
  }
})

test('createStaticFiles() lists a folder when asked to, without hidden names and with names as text', async () => {
  const { headers, body } = await readReply(serve({ listing: true })(receivedOf('/bare/'), '/bare/'))
  assert.match(headers['content-security-policy'] ?? '', /default-src 'none'/)
  assert.match(body.toString(), /href="\.\/z%3Cb%3E\.txt"><bdi>z&lt;b&gt;\.txt</)
  assert.doesNotMatch(body.toString(), /\.git/)
  const redirect = await readReply(serve({ listing: true })(receivedOf('/bare'), '/bare'))
  assert.equal(redirect.status, 301)
})

test('createStaticFiles() lists what it serves alone, no link that leaves the tree', async () => {
  const { body } = await readReply(serve({ listing: true, index: null })(receivedOf('/'), '/'))
  const names = [...body.toString().matchAll(/<bdi>([^<]+)<\/bdi>/g)].map(([, name]) => name)
  assert.ok(names.includes('ten.txt') && names.includes('link-in.txt') && names.includes('docs'))
  assert.deepEqual(
    names.filter((name) => /^(?:link-(?:out|up|hidden)|loop|pipe|\.)/.test(name ?? '')),
    [],
  )
})

test('createStaticFiles() says so when a listing does not show everything', async () => {
  const list = async (listingEntriesMax: number): Promise<string> => {
    const site = serve({ listing: true, index: null, limits: { ...limits, listingEntriesMax } })
    return (await readReply(site(receivedOf('/docs/'), '/docs/'))).body.toString()
  }
  assert.match(await list(0), /There is more in this folder: only 0 names are shown/)
  assert.doesNotMatch(await list(1), /There is more/)
})

test('createStaticFiles() lets no shared cache keep a listing of a tree that is for some only', async () => {
  const keeping = async (cacheControl: string): Promise<string | undefined> => {
    const site = serve({ listing: true, index: null, cacheControl })
    return (await readReply(site(receivedOf('/docs/'), '/docs/'))).headers['cache-control']
  }
  assert.equal(await keeping('private, no-store'), 'private, no-store')
  assert.equal(await keeping('private, max-age=60'), 'private, max-age=60')
  assert.equal(await keeping('public, max-age=86400'), 'no-cache')
})

test('createStaticFiles() sends the fallback when a page address has no file, and only then', async () => {
  const app = serve({ fallback: 'index.html' })
  const page = await readReply(app(receivedOf('/any/where', { accept: 'text/html' }), '/any/where'))
  assert.deepEqual([page.status, page.body.toString()], [200, '<h1>home</h1>'])
  // A cache that keeps it must not give it to a script.
  assert.equal(page.headers.vary, 'accept')
  const known = { accept: 'text/html', 'if-none-match': page.headers.etag ?? '' }
  const unchanged = await readReply(app(receivedOf('/any/where', known), '/any/where'))
  assert.deepEqual([unchanged.status, unchanged.headers.vary], [304, 'accept'])
  for (const [path, accept] of [
    ['/any/where.js', 'text/html'],
    ['/any/where', 'application/json'],
  ] as const) {
    assert.equal((await readRefusal(app(receivedOf(path, { accept }), path))).status, 404)
  }
})

test('createStaticFiles() sends its own page with 404 when told which, and problem details to those who ask for JSON', async () => {
  const site = serve({ notFoundPage: '404.html', cacheControl: 'public, max-age=3600' })
  for (const path of ['/nothing', '/.env', '/link-out.txt', '/docs/nothing/']) {
    const { status, headers, body } = await readReply(site(receivedOf(path, { accept: '*/*' }), path))
    assert.deepEqual([status, body.toString()], [404, '<h1>lost</h1>'], path)
    assert.deepEqual([headers['cache-control'], headers.vary, headers.etag], ['no-store', 'accept', undefined])
  }
  const refusal = await readRefusal(site(receivedOf('/nothing', { accept: 'application/json' }), '/nothing'))
  assert.equal(refusal.code, 'ROUTE_NOT_FOUND')
})

test('createStaticFiles() refuses a method other than GET and HEAD', async () => {
  const refusal = await readRefusal(files(receivedOf('/ten.txt', {}, { method: 'POST' }), '/ten.txt'))
  assert.deepEqual([refusal.status, refusal.headers], [405, ['allow', 'GET, HEAD, OPTIONS']])
})

test('createStaticFiles() sends what changed when the file is replaced or rewritten in place', async () => {
  const live = createStaticFiles({ root, limits: { ...limits, staticRevalidateMs: 0 } })
  const path = join(root, 'live.txt')
  const seen: string[] = []
  for (const text of ['one', 'two', 'six']) {
    writeFileSync(`${path}.new`, text)
    renameSync(`${path}.new`, path)
    seen.push((await readReply(live(receivedOf('/live.txt'), '/live.txt'))).body.toString())
    writeFileSync(path, text.toUpperCase())
    seen.push((await readReply(live(receivedOf('/live.txt'), '/live.txt'))).body.toString())
  }
  rmSync(path)
  assert.equal((await readRefusal(live(receivedOf('/live.txt'), '/live.txt'))).status, 404)
  assert.deepEqual(seen, ['one', 'ONE', 'two', 'TWO', 'six', 'SIX'])
})

const HIDDEN = [
  '/.env',
  '/%2eenv',
  '/.well-known/../.env',
  '/docs/.well-known/x',
  '/bare/.git/config',
  '/link-out.txt',
  '/link-up/secret.txt',
  '/link-hidden.txt',
  '/loop',
  '/pipe',
  '/../public-secret.txt',
  '/..%2fsecret.txt',
  '/docs/..%2f..%2fsecret.txt',
  '/docs/..;/..;/secret.txt',
  '//secret.txt',
  '/docs//index.html',
  '/docs/./index.html',
  '/ten.txt/',
  '/ten.txt%00.html',
  '/ten.txt::$DATA',
  `/${'x'.repeat(300)}`,
  `/${'x/'.repeat(3000)}`,
]
for (const path of HIDDEN) {
  test(`createStaticFiles() refuses ${path.slice(0, 40)} with 404`, async () => {
    assert.equal((await readRefusal(files(receivedOf(path), path))).status, 404)
  })
}

test('createStaticFiles() refuses malformed percent-encoding with 400', async () => {
  for (const path of ['/%', '/%zz', '/%c0%ae%c0%ae/secret.txt', '/%ff']) {
    assert.equal((await readRefusal(files(receivedOf(path), path))).code, 'ROUTE_BAD_PATH')
  }
})

test('createStaticFiles() follows a link when it stays in the tree', async () => {
  assert.equal((await get('/link-in.txt')).body.toString(), '0123456789')
})

test('createStaticFiles() serves .well-known', async () => {
  assert.match((await get('/.well-known/security.txt')).body.toString(), /^Contact/)
})

/** True when no reply to this path holds anything but files of the tree. */
async function isKept(path: string): Promise<boolean> {
  const outcome = await files(receivedOf(path), path)
  return !('body' in outcome) || !(await readReply(outcome)).body.includes(SECRET)
}

const vectors = join(import.meta.dirname, '../../../shared/vectors/paths')
const hasVectors = existsSync(vectors)
test(
  'createStaticFiles() never leaves the tree when the path is one of those that others collected',
  {
    skip: hasVectors || process.env.CI === 'true' ? false : 'SKIPPED: ../shared/vectors/paths is not here',
  },
  async () => {
    const lines = ['traversals-8-deep-exotic-encoding.txt', 'path-traversal-windows.txt']
      .flatMap((name) => readFileSync(join(vectors, name), 'utf8').split('\n'))
      .filter((line) => line !== '')
    assert.ok(lines.length > 500)
    for (const line of lines) {
      for (const target of ['secret.txt', 'public-secret.txt', '.env', 'etc/passwd']) {
        const path = line.replaceAll('{FILE}', target)
        for (const start of ['/', '', '/docs/', '/link-up/']) assert.ok(await isKept(start + path), path)
      }
    }
  },
)

test('createStaticFiles() never leaves the tree when the path is generated', async () => {
  const dots = [
    '.',
    '..',
    '...',
    '%2e',
    '%2E%2e',
    '.%2e',
    '%252e%252e',
    '%c0%ae',
    '%e0%80%ae',
    '\u2025',
    '%u002e',
    '..;',
    '..%00',
  ]
  const slashes = ['/', '//', '\\', '%2f', '%2F', '%5c', '%252f', '%c0%af', '%e2%88%95', '/./', '\u2215', ';/']
  const names = [
    'secret.txt',
    'public-secret.txt',
    '.env',
    'public/.env',
    'link-up',
    'docs',
    'bare',
    '.git',
    'config',
    '',
  ]
  let seed = 42
  const pick = (list: readonly string[]): string => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return list[Math.floor((seed / 2 ** 32) * list.length)] ?? ''
  }
  for (let i = 0; i < 20_000; i++) {
    let path = pick(['/', '', '/docs/', '/bare/', '/link-up/'])
    for (let depth = Number(pick(['1', '2', '3', '6'])); depth > 0; depth--)
      path += pick([...dots, ...names]) + pick(slashes)
    path += pick(names)
    assert.ok(await isKept(path), path)
  }
})
