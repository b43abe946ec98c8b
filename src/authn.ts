export {
  apiKey,
  createApiKey,
  hashApiKey,
  type ApiKeyOptions,
  type ApiKeyOwner,
  type NewApiKey,
} from './authn/api-key.ts'
export { basic } from './authn/basic.ts'
export {
  bearer,
  bodyParam,
  cookie,
  header,
  type Carrier,
  type CookieCarrier,
  type CookieOptions,
} from './authn/carriers.ts'
export { custom, type CustomOptions, type CustomRecognition, type Recognize } from './authn/custom.ts'
export { digest, type DigestOptions } from './authn/digest.ts'
export { digestHa1, type DigestAlgorithm, type DigestSecret } from './authn/digest-response.ts'
export { fake } from './authn/fake.ts'
export type { ForeignIssuer } from './authn/foreign-issuers.ts'
export type { JwtOptions } from './authn/jwt-format.ts'
export type { JwsAlgorithm, JwsKeyOptions } from './authn/jws-key.ts'
export type { LockoutOptions } from './authn/lockout.ts'
export type { DeclaredScheme, LookupContext, Uncallable } from './authn/lookup.ts'
export { printedMail, type Mail, type MailPort } from './authn/mail.ts'
export { oneTimeTokens, type OneTimeOptions, type OneTimeTokens } from './authn/one-time-tokens.ts'
export { param, password, type ParamOptions } from './authn/param.ts'
export type { PasswordCheck } from './authn/password-policy.ts'
export type { PasswordOptions } from './authn/password-verifier.ts'
export { createPasswords, type PasswordSettings, type PasswordsOptions } from './authn/passwords.ts'
export { session, type SessionOptions, type SessionScheme } from './authn/session.ts'
export type { SessionInfo } from './authn/session-book.ts'
export { refresh, token, type TokenPair, type TokenScheme, type TokenSchemeOptions } from './authn/token.ts'
export { ticket, type TicketOptions, type TicketScheme } from './authn/ticket.ts'
