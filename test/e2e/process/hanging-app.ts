import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { guichet } from 'guichet'

// Of several processes the first only looks at the app; the others never get to serve it.
if (cluster.isWorker || !process.argv.includes('--workers')) {
  process.stderr.write('hanging\n')
  await sleep(600_000)
}

export const app = guichet({ name: 'hanging' })
