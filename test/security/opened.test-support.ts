import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { openTestApp, type TestApp, type TestClient } from 'guichet/testing'
import { app as comicsApp } from '../../examples/comics/app.ts'
import { app as recipesApp } from '../../examples/recipes/app.ts'
import type { CompiledRoute } from '../../src/pipeline/compiled-route.ts'

export type Transport = 'memory' | 'socket'
export const TRANSPORTS: readonly Transport[] = ['memory', 'socket']

export const SECRET = 'k3Yh8Qz1Wm5Tn7Rb2Vc9Xf4Lp6Sd0GjA'
export const PASSWORD = 'correct horse battery'
const users = { calvin: 'hobbes', hobbes: 'susie', susie: 'derkins' }

export function openComics(transport: Transport, secret: string = SECRET): Promise<TestApp> {
  return openTestApp(comicsApp, { transport, users, environment: { GUICHET_SECRET: secret } })
}

export function openRecipes(transport: Transport, environment: Record<string, string> = {}): Promise<TestApp> {
  return openTestApp(recipesApp, { transport, environment: { GUICHET_SECRET: SECRET, ...environment } })
}

export interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

/** A new user of recipes, with the tokens of a login. */
export async function enterRecipes(client: TestClient, username: string): Promise<Pair> {
  const json = { username, password: PASSWORD }
  await client.post('/register', { json, expect: 201 })
  return (await client.post('/login', { json, expect: 200 })).json as Pair
}

/** Every method and path that the app declares; those of a static tree have one for all methods. */
export function routesOf(opened: TestApp): readonly CompiledRoute[] {
  if (opened.app === null) throw new RangeError('Cannot list the routes of an app that is only known by its URL')
  return opened.app.routes
}

/** The path of a route with these values for its parameters. */
export function fillPath(path: string, values: Readonly<Record<string, string | number>>): string {
  return path.replace(/[:*](\w+)/g, (_, name: string) => String(values[name] ?? 1))
}

/** `GET /stuff/:sid`, as a person names a route. */
export function nameOf({ declaration }: CompiledRoute): string {
  return `${declaration.methods.join('|')} ${declaration.path}`
}

/** Adds a recipe; gives its number. */
export async function addRecipe(client: TestClient, json: object): Promise<number> {
  return ((await client.post('/recipes', { json, expect: 201 })).json as { id: number }).id
}

/** Opens a server on a free port of this machine; gives its URL. */
export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Sends bytes over a connection of their own; gives all that comes until the server closes it. */
export async function talk(client: TestClient, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(client.url).port), '127.0.0.1')
  let text = ''
  socket.on('data', (part) => (text += part.toString('latin1')))
  socket.on('error', () => undefined)
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return text
}
