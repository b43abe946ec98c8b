import { networkInterfaces } from 'node:os'
import { parseArgs } from 'node:util'
import { createUdpClient } from '../dial/udp-client.ts'
import { type Command, CommandError } from './command.ts'

const help = `guichet ip [--all]

Prints the address by which other machines reach this one. It asks the system which of its addresses it would use to
reach the Internet; nothing is sent.

  --all   all addresses of this machine, one a line, with the name of their interface

Example:
  guichet tcp listen 7000 --host $(guichet ip)`

// An address of the documentation block (RFC 5737): nobody has it, and a UDP socket only "connects" on paper.
const NOWHERE = '192.0.2.1'

/** `guichet ip`: the address of this machine. */
export const ipCommand: Command = {
  name: 'ip',
  help,
  run: async (args, io) => {
    const { values } = parseArgs({ args: [...args], options: { all: { type: 'boolean' } } })
    if (values.all === true) io.stdout.write(formatAll())
    else io.stdout.write(`${(await ownAddress()) ?? fallback()}\n`)
    return 0
  },
}

async function ownAddress(): Promise<string | null> {
  try {
    const client = await createUdpClient({ host: NOWHERE, port: 9 })
    const { address } = client
    client.close()
    return address === '0.0.0.0' ? null : address
  } catch {
    // No way to the Internet: the machine may still have an address in a network of its own.
    return null
  }
}

function fallback(): string {
  const address = addresses().find(({ isInternal, family }) => !isInternal && family === 'IPv4')
  if (address === undefined)
    throw new CommandError('This machine is in no network: only it can reach itself, by 127.0.0.1')
  return address.address
}

function formatAll(): string {
  return addresses()
    .map(({ address, name }) => `${address}\t${name}\n`)
    .join('')
}

function addresses(): readonly { address: string; name: string; family: string; isInternal: boolean }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map(({ address, family, internal }) => ({ address, name, family, isInternal: internal })),
  )
}
