import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { checkApp } from '../app/boot.ts'
import { documentOf } from '../openapi/document-of.ts'
import type { OpenApiDocument } from '../openapi/openapi-document.ts'
import type { AppView } from '../pipeline/app-view.ts'
import { type Command, CommandError, type CommandIo, UsageError } from './command.ts'
import { loadApp } from './load-app.ts'

const help = `guichet openapi FILE [--as AUDIENCE] [--host HOST] [--output FILE]

Writes the OpenAPI 3.1 document of an app. It is made from the routes as they are dispatched; nothing is opened.

  --as AUDIENCE  only what this audience may call: nobody, user, or the name of a group or scope
  --host HOST    what this host serves, where the app declares hosts; the routes of all by default
  --output FILE  writes there instead of to the terminal

Example:
  guichet openapi app.ts > openapi.json`

/** `guichet openapi app.ts`: the document, without a server. */
export const openapiCommand: Command = {
  name: 'openapi',
  help,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { as: { type: 'string' }, host: { type: 'string' }, output: { type: 'string' } },
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) throw new UsageError('guichet openapi takes one file')
    const { view } = checkApp(await loadApp(file), { environment: io.environment })
    const document = chosenDocument(view, values)
    await writeOutput(`${JSON.stringify(document, null, 2)}\n`, values.output, io)
    return 0
  },
}

interface Choice {
  readonly as?: string | undefined
  readonly host?: string | undefined
}

/** The document for an audience and a host that the app has; says which there are where it has no such one. */
export function chosenDocument(view: AppView, { as, host }: Choice): OpenApiDocument {
  checkHost(view, host)
  const document = documentOf(view, { audience: as ?? null, host: host ?? null })
  if (document !== null) return document
  const all = documentOf(view, { audience: null, host: host ?? null })
  throw new UsageError(`there is no audience "${as}": it is one of ${all?.['x-audiences'].join(', ')}`)
}

/** A host that the app does not declare would be a document of the routes of all hosts. */
export function checkHost({ routes }: AppView, host: string | undefined): void {
  const hosts = new Set(routes.flatMap(({ declaration }) => declaration.host ?? []))
  if (host === undefined || hosts.has(host)) return
  const which = hosts.size === 0 ? 'declares no hosts' : `declares ${[...hosts].join(', ')}`
  throw new UsageError(`there is no host "${host}": the app ${which}`)
}

/** Writes to a file where one is named, else to the terminal. */
export async function writeOutput(text: string, file: string | undefined, io: CommandIo): Promise<void> {
  if (file === undefined) io.stdout.write(text)
  else
    await writeFile(file, text).catch((error: unknown) => {
      throw new CommandError(`Cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`)
    })
}
