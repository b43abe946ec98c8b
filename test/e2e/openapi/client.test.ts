import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { openTestApp, type TestApp } from 'guichet/testing'
import { app } from '../../../examples/recipes/app.ts'
import { spawnGuichet } from '../process/running.ts'

const run = promisify(execFile)
const RECIPES = fileURLToPath(new URL('../../../examples/recipes/app.ts', import.meta.url))
const TSC = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url))

const OPTIONS = {
  noEmit: true,
  strict: true,
  target: 'ES2024',
  module: 'NodeNext',
  lib: ['ES2024', 'DOM', 'DOM.Iterable'],
  types: [],
  erasableSyntaxOnly: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  declaration: true,
  isolatedDeclarations: true,
}

/** Calls that compile, and calls that must not. */
const USE = `import { createClient } from './client.ts'
const client = createClient({ baseUrl: '', authorization: () => 'Bearer x' })
const { id } = await client.postRecipes({ title: 'a', ingredients: 'b', time_minutes: 1 })
const rows = await client.getRecipes({ max_time: id })
export const titles: readonly string[] = rows.map(({ title }) => title)
export const none: undefined = await client.deleteRecipesById({ id })
// @ts-expect-error the ingredients are missing
await client.postRecipes({ title: 'a', time_minutes: 1 })
// @ts-expect-error an id is a number
await client.getRecipesById({ id: '1' })
// @ts-expect-error there is no such argument
await client.getRecipes({ colour: 'red' })
`

/** What the client has, as far as this test uses it. */
interface GeneratedClient {
  postRegister(args: object): Promise<{ readonly msg: string }>
  postLogin(args: object): Promise<{ readonly access_token: string }>
  postRecipes(args: object, options?: object): Promise<{ readonly id: number }>
  getRecipes(args?: object, options?: object): Promise<readonly { readonly title: string }[]>
  getRecipesById(args: object): Promise<{ readonly title: string; readonly author: string }>
  deleteRecipesById(args: object): Promise<undefined>
}

interface Generated {
  readonly createClient: (options: object) => GeneratedClient
}

describe('guichet client', () => {
  let folder: string
  let opened: TestApp

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guichet-client-'))
    const { exited, output } = spawnGuichet(['client', RECIPES, '--output', join(folder, 'client.ts')])
    assert.equal(await exited, 0, output())
    opened = await openTestApp(app, { transport: 'socket' })
  })
  after(async () => {
    await opened.close()
    await rm(folder, { recursive: true })
  })

  it('writes a file that compiles under strict flags, with the types of arguments and replies', async () => {
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await writeFile(join(folder, 'use.ts'), USE)
    const options = { ...OPTIONS, allowImportingTsExtensions: true, declaration: false, isolatedDeclarations: false }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }))
    const { stdout } = await run(process.execPath, [TSC, '-p', folder]).catch(
      (error: unknown) => error as { stdout: string },
    )
    assert.equal(stdout, '')
  })

  it('calls, with and without a token, and tells what was refused', async () => {
    const { createClient } = (await import(pathToFileURL(join(folder, 'client.ts')).href)) as Generated
    let authorization: string | null = null
    const client = createClient({ baseUrl: opened.client.url, authorization: () => authorization })
    const account = { username: 'ana', password: 'correct horse battery' }
    assert.deepEqual(await client.postRegister(account), { msg: 'User created' })
    await assert.rejects(client.getRecipes(), {
      name: 'CallError',
      status: 401,
      message: /^GET \/recipes was refused with 401: /,
    })
    authorization = `Bearer ${(await client.postLogin(account)).access_token}`
    const { id } = await client.postRecipes({ title: 'Bolo & leite?', ingredients: 'milho', time_minutes: 40 })
    assert.equal((await client.getRecipesById({ id })).title, 'Bolo & leite?')
    assert.equal((await client.getRecipes({ ingredient: 'milho', max_time: 60 })).length, 1)
    assert.equal((await client.getRecipes({ ingredient: 'a & b=c' })).length, 0)
    await assert.rejects(client.getRecipesById({ id: 99 }), { status: 404 })
    await assert.rejects(client.postRecipes({ title: '', ingredients: 'x', time_minutes: 1 }), { status: 400 })
    await assert.rejects(client.getRecipes({}, { authorization: null }), { status: 401 })
    await assert.rejects(client.getRecipes({}, { signal: AbortSignal.abort() }), { name: 'AbortError' })
    assert.equal(await client.deleteRecipesById({ id }), undefined)
  })
})
