import { test } from 'node:test'
import { bodyCases } from './contract/body-cases.ts'
import { connectionCases } from './contract/connection-cases.ts'
import type { ListenerContract } from './contract/contract-setup.ts'
import { limitCases } from './contract/limit-cases.ts'
import { malformedCases } from './contract/malformed-cases.ts'
import { messageCases } from './contract/message-cases.ts'

export type { ListenerContract, ListenerOmission } from './contract/contract-setup.ts'

/** Registers the tests (`node:test`) that every HTTP/1.1 listener must pass, but for what it says it omits. */
export function testListener(contract: ListenerContract): void {
  for (const cases of [messageCases, malformedCases, bodyCases, connectionCases, limitCases]) {
    for (const { name, omission, run } of cases) {
      const reason = omission === undefined ? undefined : contract.omits?.[omission]
      const skip = reason === undefined ? false : `the listener ${contract.name} ${reason}`
      test(`${contract.name}: ${name}`, { skip }, (t) => run(contract, t))
    }
  }
}
