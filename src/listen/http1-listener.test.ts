import { createHttp1Listener } from './http1-listener.ts'
import { testListener } from './listener-contract.ts'

testListener({ name: 'http1', create: createHttp1Listener })
