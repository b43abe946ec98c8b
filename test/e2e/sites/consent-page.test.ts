import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestApp, type TestApp } from 'guichet/testing'
import type { Browser, Page } from 'playwright-core'
import { app } from '../../../examples/sites/app.ts'
import { openBrowser, openPage, skipWithoutBrowser, takePicture } from '../openapi/browser.ts'

describe('consent in a browser', { skip: skipWithoutBrowser }, () => {
  let opened: TestApp
  let browser: Browser
  let shop = ''

  before(async () => {
    opened = await openTestApp(app, { transport: 'socket' })
    browser = await openBrowser()
    shop = `http://shop.localhost:${new URL(opened.client.url).port}`
  })
  after(async () => {
    await browser.close()
    await opened.close()
  })

  const namesOf = async (page: Page): Promise<readonly string[]> =>
    (await page.context().cookies()).map(({ name }) => name).toSorted()
  const hasBanner = async (page: Page): Promise<boolean> => (await page.locator('.guichet-consent').count()) > 0

  const press = async (page: Page, name: string): Promise<void> => {
    await page.getByRole('button', { name }).click()
    await page.waitForLoadState('networkidle')
  }

  it('sets no cookie before an answer, remembers a refusal, and takes an agreement back', async () => {
    const { page, complaints } = await openPage(browser)
    await page.goto(`${shop}/`)
    assert.deepEqual([await hasBanner(page), await namesOf(page)], [true, []])
    await press(page, 'Refuse all')
    await page.goto(`${shop}/fruit/fig`)
    // The form of that page has a token, which is bound to a random number of this visitor.
    assert.deepEqual([await hasBanner(page), await namesOf(page)], [false, ['consent', 'visitor']])
    await page.getByRole('link', { name: 'Cookies' }).click()
    await page.getByLabel('Reminding you').check()
    await press(page, 'Save my choice')
    await page.goto(`${shop}/fruit/fig`)
    assert.deepEqual(await namesOf(page), ['consent', 'seen', 'visitor'])
    await page.goto(`${shop}/cookies`)
    assert.ok(await page.getByLabel('Reminding you').isChecked())
    await press(page, 'Refuse all')
    await page.getByText('You chose on').waitFor()
    assert.deepEqual(await namesOf(page), ['consent', 'visitor'])
    // An icon that was still on its way when the page was left is no complaint.
    assert.deepEqual(
      complaints.filter((one) => !one.endsWith('net::ERR_ABORTED')),
      [],
    )
    await page.close()
  })

  it('shows refusing as large as accepting, whatever the width', async () => {
    const { page } = await openPage(browser)
    for (const width of [320, 390, 430, 540, 700, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      for (const [path, buttons] of [
        ['/', '.guichet-consent button'],
        ['/cookies', 'main .actions button'],
      ] as const) {
        await page.goto(shop + path)
        await takePicture(page, `consent${path.replace('/', '-')}-${width}`)
        const widths = await page
          .locator(buttons)
          .evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().width)))
        assert.equal(new Set(widths).size, 1, `${path} at ${width}: ${widths.join(', ')}`)
        const overflow = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth)
        assert.ok(overflow <= 0, `${path} at ${width} is ${overflow} too wide`)
      }
    }
    await page.close()
  })
})
