import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

// What can be read from the sources themselves.

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const files = globSync('src/**/*.ts', { cwd: ROOT })
  .filter((file) => !/\.test(-support)?\.ts$|-contract\.ts$/.test(file))
  .map((file) => ({ file: file.replaceAll('\\', '/'), text: readFileSync(`${ROOT}/${file}`, 'utf8') }))

/** The files whose text has the pattern. */
function filesWith(pattern: RegExp): readonly string[] {
  return files.filter(({ text }) => pattern.test(text)).map(({ file }) => file)
}

describe('the sources', () => {
  it('make no regular expression of what peers send: the few that are made come from declarations', () => {
    assert.ok(files.length > 300, String(files.length))
    assert.deepEqual(filesWith(/\bnew RegExp\(|\bRegExp\(/).toSorted(), [
      'src/guard/origin-list.ts', // the origins of a CORS declaration
      'src/openapi/read-result.ts', // the text of a handler
      'src/sites/static-settings.ts', // an option of static trees
      'src/wire/set-cookie.ts', // constants
    ])
  })

  it('take what nobody may guess from the generator of the system', () => {
    assert.deepEqual(filesWith(/\bMath\.random\b|\bpseudoRandomBytes\b/).toSorted(), [
      'src/cli/chat-command.ts', // the pause before the next attempt to connect
      'src/store/redis-link.ts', // the same
    ])
  })

  it('evaluate no text as code', () => {
    assert.deepEqual(filesWith(/\beval\(|\bnew Function\(|\bvm\.|node:vm/), [])
  })
})
