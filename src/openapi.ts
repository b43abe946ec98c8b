export { type DocumentOptions } from './openapi/describe-app.ts'
export { docs, type DocsOptions } from './openapi/docs.ts'
export type { OpenApiDocument, Operation } from './openapi/openapi-document.ts'
