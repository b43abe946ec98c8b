import type { Command } from './command.ts'

/** What the overview says of a command; the command itself is loaded when it is called. */
export interface CommandEntry {
  /** The word after `guichet`. */
  readonly name: string
  /** What it is for, in a few words. */
  readonly summary: string
  load(): Promise<Command>
}

export interface CommandGroup {
  readonly title: string
  readonly commands: readonly CommandEntry[]
}

/** All commands, in the order in which the overview shows them. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  {
    title: 'Write an app',
    commands: [
      {
        name: 'new',
        summary: 'make a new app',
        load: async () => (await import('./new-command.ts')).newCommand,
      },
      {
        name: 'run',
        summary: 'serve an app',
        load: async () => (await import('./run-command.ts')).runCommand,
      },
      {
        name: 'routes',
        summary: 'list routes, rules and parameters',
        load: async () => (await import('./routes-command.ts')).routesCommand,
      },
      {
        name: 'shell',
        summary: 'a prompt with the app, its statements and its calls',
        load: async () => (await import('./shell-command.ts')).shellCommand,
      },
      {
        name: 'sql',
        summary: 'write typed functions for .sql files',
        load: async () => (await import('./sql-command.ts')).sqlCommand,
      },
    ],
  },
  {
    title: 'Hand it to others',
    commands: [
      {
        name: 'openapi',
        summary: 'write the OpenAPI document',
        load: async () => (await import('./openapi-command.ts')).openapiCommand,
      },
      {
        name: 'client',
        summary: 'write a typed client for browsers and Node',
        load: async () => (await import('./client-command.ts')).clientCommand,
      },
      {
        name: 'postman',
        summary: 'write a Postman collection, a folder for each identity',
        load: async () => (await import('./postman-command.ts')).postmanCommand,
      },
    ],
  },
  {
    title: 'Operate it',
    commands: [
      {
        name: 'audit',
        summary: 'show and verify audit records',
        load: async () => (await import('./audit-command.ts')).auditCommand,
      },
      {
        name: 'db',
        summary: 'apply and list migrations, reset the database',
        load: async () => (await import('./db-command.ts')).dbCommand,
      },
      {
        name: 'config',
        summary: 'show every key, its value and its source',
        load: async () => (await import('./config-command.ts')).configCommand,
      },
      {
        name: 'doctor',
        summary: 'say what would surprise in production',
        load: async () => (await import('./doctor-command.ts')).doctorCommand,
      },
      {
        name: 'hash',
        summary: 'hash a password',
        load: async () => (await import('./hash-command.ts')).hashCommand,
      },
      {
        name: 'users',
        summary: 'import accounts, their passwords hashed',
        load: async () => (await import('./users-command.ts')).usersCommand,
      },
      {
        name: 'cert',
        summary: 'make certificates for local HTTPS',
        load: async () => (await import('./cert-command.ts')).certCommand,
      },
    ],
  },
  {
    title: 'Try a socket',
    commands: [
      {
        name: 'tcp',
        summary: 'listen on a TCP port, or send to one',
        load: async () => (await import('./tcp-command.ts')).tcpCommand,
      },
      {
        name: 'udp',
        summary: 'listen on a UDP port, or send to one',
        load: async () => (await import('./udp-command.ts')).udpCommand,
      },
      {
        name: 'chat',
        summary: 'talk to a room over a WebSocket or TCP',
        load: async () => (await import('./chat-command.ts')).chatCommand,
      },
      {
        name: 'ip',
        summary: 'print the address by which other machines reach this one',
        load: async () => (await import('./ip-command.ts')).ipCommand,
      },
    ],
  },
]

export const COMMANDS: readonly CommandEntry[] = COMMAND_GROUPS.flatMap(({ commands }) => commands)
