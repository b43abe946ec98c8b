import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { openTestApp, type AnyApp, type TestApp } from 'guichet/testing'
import type { Browser, Locator, Page } from 'playwright-core'
import { app as recipes } from '../../../examples/recipes/app.ts'
import { openBrowser, openPage, skipWithoutBrowser, takePicture } from './browser.ts'
import { app as comics } from '../../../examples/comics/app.ts'
import { app as sessions } from './sessions.ts'

const operation = (page: Page, id: string): Locator => page.locator(`[id^="operations-"][id$="-${id}"]`)

/** Opens an operation, sends it with a body where one is given, and gives status and text of the answer. */
async function send(
  page: Page,
  id: string,
  body?: object,
): Promise<{ readonly status: number; readonly text: string }> {
  const block = operation(page, id)
  const tryOut = block.locator('.try-out__btn').first()
  if ((await block.locator('.opblock-body').count()) === 0) await block.locator('.opblock-summary-control').click()
  // The block opens in steps: its button says 'Try it out', or 'Cancel' where it was tried before.
  await tryOut.waitFor()
  if ((await tryOut.innerText()) === 'Try it out') await tryOut.click()
  if (body !== undefined) await block.locator('.body-param__text').fill(JSON.stringify(body))
  if ((await block.locator('.live-responses-table').count()) > 0)
    await block.getByRole('button', { name: 'Clear' }).click()
  await block.getByRole('button', { name: 'Execute' }).click()
  const live = block.locator('.live-responses-table .response').first()
  await live.waitFor()
  const status = Number((await live.locator('.response-col_status').innerText()).trim().split(/\s/)[0])
  const text = await live.locator('.response-col_description').innerText()
  return { status, text }
}

async function authorize(page: Page, scheme: string, values: readonly string[]): Promise<void> {
  await page.locator('.auth-wrapper .authorize').first().click()
  const box = page.locator('.auth-container').filter({ hasText: scheme }).first()
  const inputs = box.locator('input')
  for (const [i, value] of values.entries()) await inputs.nth(i).fill(value)
  await box.getByRole('button', { name: 'Apply credentials' }).click()
  await takePicture(page, `authorize-${scheme}`)
  await page.locator('.close-modal').click()
}

describe('Swagger UI in Chromium', { skip: skipWithoutBrowser }, () => {
  let browser: Browser
  let opened: TestApp
  let page: Page
  let complaints: string[]

  const open = async (
    app: AnyApp,
    options: Parameters<typeof openTestApp>[1] = {},
    path = '/apidocs',
  ): Promise<void> => {
    opened = await openTestApp(app, { transport: 'socket', ...options })
    await page.goto(opened.client.url.replace('127.0.0.1', 'localhost') + path)
    await page.locator('.opblock').first().waitFor()
  }

  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())
  beforeEach(async () => {
    ;({ page, complaints } = await openPage(browser))
  })
  afterEach(async () => {
    await page.close()
    await opened.close()
    assert.deepEqual(complaints, [])
  })

  it('registers, logs in, authorizes with the token and calls, under a prefix', async () => {
    await open(recipes, { environment: { GUICHET_PREFIX: '/api' } }, '/api/apidocs')
    await takePicture(page, 'recipes')
    const account = { username: 'ana', password: 'correct horse battery' }
    assert.equal((await send(page, 'postRegister', account)).status, 201)
    assert.equal((await send(page, 'getProtected')).status, 401)
    const { status, text } = await send(page, 'postLogin', account)
    assert.equal(status, 200)
    const token = /"access_token":\s*"([^"]+)"/.exec(text)?.[1] ?? ''
    await authorize(page, 'token', [token])
    const answer = await send(page, 'getProtected')
    assert.equal(answer.status, 200)
    assert.match(answer.text, /"username":\s*"ana"/)
    await operation(page, 'getProtected').scrollIntoViewIfNeeded()
    await takePicture(page, 'recipes-protected')
    const recipe = { title: 'Bolo', ingredients: 'milho', time_minutes: 40 }
    assert.equal((await send(page, 'postRecipes', recipe)).status, 201)
    assert.equal((await send(page, 'postRecipes', { ...recipe, time_minutes: -1 })).status, 400)
  })

  it('authorizes with login and password', async () => {
    await open(comics)
    assert.equal((await send(page, 'getHello')).status, 401)
    await authorize(page, 'basic', ['susie', 'derkins'])
    const answer = await send(page, 'getHello')
    assert.deepEqual([answer.status, /hello susie!/.test(answer.text)], [200, true])
    assert.equal((await send(page, 'getAdmin')).status, 403)
    await takePicture(page, 'comics-basic')
  })

  it('writes with the cookie of a session, and its CSRF token', async () => {
    await open(sessions)
    assert.equal(await operation(page, 'postNotes').count(), 0)
    assert.equal((await send(page, 'postLogin', { user: 'susie', password: 'derkins' })).status, 204)
    await page.reload()
    await operation(page, 'postNotes').waitFor()
    const answer = await send(page, 'postNotes', { text: 'hello' })
    assert.deepEqual([answer.status, /susie: hello/.test(answer.text)], [200, true])
    await takePicture(page, 'sessions-cookie')
  })

  it('shows what one audience may call', async () => {
    await open(comics)
    await page.locator('#audience').selectOption({ label: 'what nobody may call' })
    await operation(page, 'getHello').waitFor({ state: 'detached' })
    // The page is drawn again in steps: the list of the new document comes when the old one is gone.
    await operation(page, 'getStuff').waitFor()
    await takePicture(page, 'comics-nobody')
    await page.locator('#audience').selectOption({ label: 'what ADMIN may call' })
    await operation(page, 'getAdmin').waitFor()
  })
})
