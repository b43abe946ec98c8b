export { TestClient } from './testing/client.ts'
export { TestReply } from './testing/exchange.ts'
export { type AnyApp, openTestApp, type TestApp, type TestAppOptions } from './testing/open-test-app.ts'
export type { Expectation, Fields, RequestOptions } from './testing/request-options.ts'
