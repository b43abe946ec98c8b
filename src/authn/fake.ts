import { Refusal } from '../core/refusal.ts'
import type { Call } from '../core/call.ts'
import { identityOf, type Scheme } from '../core/scheme.ts'
import { type DeclaredScheme, type LookupContext } from './lookup.ts'
import { perBoot } from './per-boot.ts'

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])?(:\d+)?$/

/**
 * Believes whoever says who they are, for trying things out: `X-Fake-User: calvin`. An app that has it does not start in
 * production, and it answers only a direct loopback peer that asks for a loopback host, whose message no proxy forwarded.
 */
export function fake(): DeclaredScheme<LookupContext<unknown, unknown>> {
  return perBoot(createFake)
}

function createFake(): Scheme<LookupContext<unknown, unknown>> {
  let isProduction = true
  return {
    name: 'fake',
    // A header, not a parameter: a page of another site cannot make a browser on this machine send it.
    reads: 'head',
    isAmbient: false,
    challenge: () => null,
    prepare: (boot) => {
      isProduction = boot.isProduction
      return isProduction ? [{ problem: 'the scheme "fake" believes anybody', wanted: 'no fake() in production' }] : []
    },
    describe: () => ({ fake: { type: 'apiKey', in: 'header', name: 'X-Fake-User' } }),
    recognize: (call) => {
      const user = call.header('x-fake-user')
      if (user === undefined) return null
      if (isProduction || !isLocal(call)) {
        return new Refusal('AUTHN_BAD_CREDENTIALS', { reason: 'a fake login from elsewhere, or in production' })
      }
      return user === '' ? new Refusal('AUTHN_MALFORMED', { reason: 'a fake login without a name' }) : identityOf(user)
    },
  }
}

/** The host keeps out a page whose name was rebound to this machine (DNS rebinding). */
function isLocal({ peer, received }: Call): boolean {
  return peer.isDirectLoopback && LOOPBACK_HOST.test(received.host)
}
