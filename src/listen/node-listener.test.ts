import { testListener } from './listener-contract.ts'
import { createNodeListener } from './node-listener.ts'

testListener({
  name: 'node',
  create: createNodeListener,
  omits: [
    'own-status', // its parser gives one error for all that is malformed
    'version-1.0', // it never offers to keep a connection of HTTP/1.0
    'parallel', // it runs all pipelined requests at once, whatever they may write
    'send-timeout', // it waits for a peer that takes nothing
    'lingering', // it closes at once
    'connection-refusal', // it hangs up
    'half-close', // it takes the end of one side for the end of both
    'first-byte', // the time for a head covers it
    'strict', // it accepts some codings and characters that we refuse
  ],
})
