import { z } from 'zod'

export const config = z.object({
  /** TCP port of the open room in plain text (`TCP_PORT`). */
  tcpPort: z.int().min(0).max(65_535).default(7001),
  /** UDP port that answers who is in the open room (`UDP_PORT`). */
  udpPort: z.int().min(0).max(65_535).default(7002),
})

export type Config = z.output<typeof config>
