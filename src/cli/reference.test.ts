import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { COMMANDS } from './commands.ts'

const page = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8')

describe('docs/reference/cli.md', () => {
  it('says of each command what its --help says', async () => {
    for (const entry of COMMANDS) {
      const { name, help } = await entry.load()
      const section = `## guichet ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`
      assert.ok(page.includes(section), `the page lacks or has an older\n\n${section}`)
    }
  })

  it('has no command that does not exist', () => {
    const names = [...page.matchAll(/^## guichet (\S+)$/gm)].map(([, name]) => name)
    assert.deepEqual(
      names,
      COMMANDS.map(({ name }) => name),
    )
  })
})
