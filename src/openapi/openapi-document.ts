/** Any JSON object: parts of the document that are written, not read. */
export type Json = Readonly<Record<string, unknown>>

/** An OpenAPI document, version 3.1 (https://spec.openapis.org/oas/v3.1.1). */
export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: Json
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<ComponentKind, Readonly<Record<string, Json>>>>
  /** Values of `?as=` that leave something: `nobody`, `user`, and the groups and scopes of the routes. */
  readonly 'x-audiences': readonly string[]
}

export type ComponentKind = 'examples' | 'headers' | 'responses' | 'schemas' | 'securitySchemes'

/** One method of one path. */
export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly deprecated?: true
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: RequestBody
  readonly responses: Readonly<Record<string, Response>>
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  /** The rule of the route, as it is written. */
  readonly 'x-rule': string
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header' | 'cookie'
  readonly required: boolean
  readonly description?: string
  readonly schema?: Json
  /** A value that is JSON inside a text. */
  readonly content?: Json
}

export interface RequestBody {
  readonly required: boolean
  readonly content: Readonly<Record<string, { readonly schema: Json }>>
}

export interface Response {
  readonly description: string
  readonly headers?: Json
  readonly content?: Readonly<Record<string, MediaType>>
}

export interface MediaType {
  readonly schema: Json
  readonly examples?: Readonly<Record<string, Json>>
}

/** A reference to a shared part of the document. */
export function refTo(kind: ComponentKind, name: string): { readonly $ref: string } {
  return { $ref: `#/components/${kind}/${name}` }
}
