import { testListener } from './listener-contract.ts'
import { createNodeListener } from './node-listener.ts'

testListener({
  name: 'node',
  create: createNodeListener,
  omits: {
    'own-status': 'has one error for all that is malformed',
    'version-1.0': 'never offers to keep a connection of HTTP/1.0',
    parallel: 'runs all pipelined requests at once, whatever they may write',
    'send-timeout': 'waits for a peer that takes nothing',
    lingering: 'closes at once',
    'connection-refusal': 'hangs up where there is no room',
    'half-close': 'takes the end of one side for the end of both',
    'first-byte': 'has no time limit for the first byte but that of the head',
    strict: 'accepts some codings and characters that ours refuses',
  },
})
