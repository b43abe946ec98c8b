import type { Command } from './command.ts'
import { LOCAL_NAMES } from './local-hosts.ts'

const help = `guichet cert [APP.ts] [HOST…] [--out FOLDER] [--authority FOLDER] [--days DAYS]

Makes a certificate for localhost, for the hosts that APP.ts declares and for each HOST, signed by an authority of
your own that is made on the first run. A server with "tls: 'local'" serves with it. Prints how to make this system
and its browsers trust the authority, and how to take that back.

  --out FOLDER        where the certificate goes; .guichet/tls beside the app by default
  --authority FOLDER  where the authority is kept; one folder for all your projects by default
  --days DAYS         how long the certificate lasts: 365 by default, 397 at most

The authority can vouch only for local names (${LOCAL_NAMES.join(', ')} and names under them) and private
addresses. Its key never leaves your machine: give it to nobody.

Example:
  guichet cert app.ts shop.localhost`

/** `guichet cert`: a local authority, and certificates for the declared hosts. */
export const certCommand: Command = {
  name: 'cert',
  help,
  // The library that writes certificates is large: no other command waits for it.
  run: async (args, io) => (await import('./run-cert.ts')).runCert(args, io),
}
