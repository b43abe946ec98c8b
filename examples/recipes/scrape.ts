import { AUTH } from 'guichet'
import { createGuardedFetch } from 'guichet/dial'
import { z } from 'zod'
import { readPage } from './read-page.ts'
import { routes } from './rules.ts'

const params = { url: z.string().max(2000) }
const Title = z.object({ title: z.string() })
const Content = z.object({ headers: z.array(z.string()), paragraphs: z.array(z.string()) })
/** Those of the fetch, for the documentation. */
const refuses = ['DIAL_FORBIDDEN', 'DIAL_FAILED', 'DIAL_TIMEOUT', 'DIAL_UNACCEPTABLE'] as const

/**
 * Fetches a page that the caller names. Such a route is a way into the network of the server, so it goes through a fetch
 * that reaches public addresses only.
 */
export const scrape = routes((r) => {
  const fetchPage = async (
    url: string,
    { signal, config }: { readonly signal: AbortSignal; readonly config: { readonly scrapeAllow: string } },
  ) => {
    const allow = config.scrapeAllow.split(',').filter((host) => host !== '')
    const page = await createGuardedFetch({ allow, types: ['text/html', 'application/xhtml+xml'] })(url, { signal })
    return readPage(page.text())
  }

  r.get(
    '/title',
    { authorize: AUTH, params, refuses, reply: Title, summary: 'The title of a page' },
    async ({ url }, call) => {
      const { title } = await fetchPage(url, call)
      return { title }
    },
  )

  r.get(
    '/content',
    { authorize: AUTH, params, refuses, reply: Content, summary: 'The headings and paragraphs of a page' },
    async ({ url }, call) => {
      const { headers, paragraphs } = await fetchPage(url, call)
      return { headers, paragraphs }
    },
  )
})
