import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { createPasswords } from '../authn/passwords.ts'
import { defaultLimits } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { type Command, type CommandIo, CommandError } from './command.ts'

const help = `guichet hash [--algorithm argon2id|bcrypt|scrypt] [--unchecked]

Reads one password from standard input and prints its hash. A password on the command line would stay in the history of
the shell, so it is not taken from there.

  --algorithm NAME  argon2id by default
  --unchecked       also hash a password that is too short or too common (for tests and classrooms)

Example:
  printf 'seven owls drink lemonade' | guichet hash`

const ALGORITHMS = ['argon2id', 'bcrypt', 'scrypt'] as const

/** `guichet hash`: the hash of a password, for a `data.sql`. */
export const hashCommand: Command = {
  name: 'hash',
  help,
  run: async (args, io) => {
    const { values } = parseArgs({
      args: [...args],
      options: { algorithm: { type: 'string', default: 'argon2id' }, unchecked: { type: 'boolean', default: false } },
    })
    const algorithm = ALGORITHMS.find((name) => name === values.algorithm)
    if (algorithm === undefined)
      throw new CommandError(`Cannot hash with "${values.algorithm}": it must be ${ALGORITHMS.join(', ')}`)
    const rules = values.unchecked ? { lengthMin: 1, blocklist: false } : {}
    const hash = await createPasswords({ ...rules, algorithm, limits: defaultLimits }).hash(await readPassword(io))
    if (hash instanceof Refusal) throw new CommandError(`Cannot hash: ${hash.message}`)
    io.stdout.write(`${hash}\n`)
    return 0
  },
}

/** The first line of standard input, without its end. */
async function readPassword({ stdin, stderr }: CommandIo): Promise<string> {
  if ('isTTY' in stdin && stdin.isTTY === true) stderr.write('Password: ')
  const lines = createInterface({ input: stdin, crlfDelay: Infinity })
  for await (const line of lines) {
    lines.close()
    return line
  }
  throw new CommandError('Cannot hash: standard input is empty')
}
