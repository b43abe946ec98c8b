import { certCommand } from './cert-command.ts'
import { auditCommand } from './audit-command.ts'
import { chatCommand } from './chat-command.ts'
import { clientCommand } from './client-command.ts'
import type { Command } from './command.ts'
import { configCommand } from './config-command.ts'
import { dbCommand } from './db-command.ts'
import { hashCommand } from './hash-command.ts'
import { ipCommand } from './ip-command.ts'
import { newCommand } from './new-command.ts'
import { openapiCommand } from './openapi-command.ts'
import { postmanCommand } from './postman-command.ts'
import { routesCommand } from './routes-command.ts'
import { runCommand } from './run-command.ts'
import { sqlCommand } from './sql-command.ts'
import { tcpCommand } from './tcp-command.ts'
import { udpCommand } from './udp-command.ts'
import { doctorCommand } from './doctor-command.ts'
import { usersCommand } from './users-command.ts'
import { shellCommand } from './shell-command.ts'

/** All commands, in the order in which the overview shows them. */
export const COMMANDS: readonly Command[] = [
  newCommand,
  runCommand,
  routesCommand,
  shellCommand,
  sqlCommand,
  openapiCommand,
  clientCommand,
  postmanCommand,
  auditCommand,
  dbCommand,
  configCommand,
  doctorCommand,
  hashCommand,
  usersCommand,
  certCommand,
  tcpCommand,
  udpCommand,
  chatCommand,
  ipCommand,
]
