import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestApp, type TestApp } from 'guichet/testing'
import type { Browser, Page } from 'playwright-core'
import { app } from '../../../examples/messenger/app.ts'
import { openBrowser, openPage, skipWithoutBrowser, takePicture } from '../openapi/browser.ts'

describe('the page of the messenger', { skip: skipWithoutBrowser }, () => {
  let opened: TestApp
  let browser: Browser

  before(async () => {
    const environment = { TCP_PORT: '0', UDP_PORT: '0' }
    opened = await openTestApp(app, { transport: 'socket', environment })
    browser = await openBrowser()
  })
  after(async () => {
    await browser.close()
    await opened.close()
  })

  const visit = async (): Promise<{ readonly page: Page; readonly complaints: string[] }> => {
    const one = await openPage(browser)
    await one.page.goto(opened.client.url)
    return one
  }
  const eventsOf = (page: Page): Promise<string[]> => page.locator('#events li').allTextContents()

  it('carries what is said from one browser to the other, and shows who is here', async () => {
    const [calvin, susie] = [await visit(), await visit()]
    // With the keyboard alone.
    await calvin.page.getByLabel('Your name').focus()
    await calvin.page.keyboard.type('calvin')
    await calvin.page.keyboard.press('Enter')
    await calvin.page.locator('#text:focus').waitFor()
    await susie.page.getByLabel('Your name').fill('susie')
    await susie.page.getByRole('button', { name: 'Join' }).click()
    await susie.page.getByText('In the room open').waitFor()
    await calvin.page.keyboard.type('<b>hello</b>')
    await calvin.page.keyboard.press('Enter')
    // A screen reader hears a log, and finds a list in it.
    const said = susie.page.getByRole('log', { name: 'Messages' }).getByRole('list').getByRole('listitem')
    await said.getByText('~calvin: <b>hello</b>').waitFor()
    await calvin.page.locator('#here').getByText('~susie').waitFor()
    await takePicture(susie.page, 'messenger')
    await susie.page.getByRole('button', { name: 'Leave' }).click()
    await calvin.page.locator('#here').getByText('~susie').waitFor({ state: 'detached' })
    // The button that was pressed can be pressed no more: the keyboard goes on from the one beside it.
    await susie.page.locator('#enter:focus').waitFor()
    const events = await eventsOf(susie.page)
    assert.equal(events[0], 'open')
    assert.match(events[1] ?? '', /^message: \d+ characters$/)
    assert.equal(events.at(-1), 'close: 1000')
    assert.deepEqual([...calvin.complaints, ...susie.complaints], [])
  })

  it('says why a room could not be joined', async () => {
    const { page } = await visit()
    await page.getByLabel('Room', { exact: true }).fill('secret')
    await page.getByRole('button', { name: 'Join' }).click()
    await page.getByRole('status').getByText('Cannot join the room secret').waitFor()
    assert.deepEqual(await eventsOf(page), ['error: the WebSocket could not be opened, or broke', 'close: 1006'])
    await page.getByLabel('Your name').fill('nobody')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Join' }).click()
    await page.getByRole('status').getByText('Cannot join the room secret: ').waitFor()
  })
})
