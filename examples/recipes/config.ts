import { z } from 'zod'

export const config = z.object({
  /** Hosts that may be scraped although they are not public, separated by commas (`SCRAPE_ALLOW`); for tests. */
  scrapeAllow: z.string().default(''),
})

export type Config = z.output<typeof config>
