export { desk, type Desk, type DeskTypes, type EnvOf } from './app/desk.ts'
export { type App, type AppOptions, type DatabaseOptions, guichet } from './app/guichet.ts'
export type { HostOptions, Module, Routes } from './app/declare.ts'
export type { Channel, ChannelCall, MessageOf } from './app/channel.ts'
export type { LeaveReason } from './rooms/member.ts'
export type { Occupant } from './rooms/room-event.ts'
export { allOf, anyOf, AUTH, CLOSED, group, groups, OPEN, permission, type Permission, scope } from './authz/rules.ts'
export type { Cache, Call, TokenOptions } from './core/call.ts'
export { ConfigError, type ConfigMistake } from './core/config-error.ts'
export { type Limits, defaultLimits } from './core/limits.ts'
export type { Args, Param, ParamShape, ParamsOutput, PlacedParam, Schema, UploadParam } from './core/params.ts'
export { type MaybePromise, Refusal, type RefusalCode, refuse, REFUSALS } from './core/refusal.ts'
export type { CallOutcome, RouteOptions } from './core/route-spec.ts'
export { type Env, formatRule, type Rule, type RuleContext } from './core/rule.ts'
export type { Peer } from './core/received.ts'
export type { Identity } from './core/scheme.ts'
export type { Log } from './core/services.ts'
export { days, hours, minutes, seconds } from './core/duration.ts'
export type { CorsDeclaration, RateLimit } from './core/guard-spec.ts'
export { perDay, perHour, perMinute, perSecond, type RateLimitOptions } from './guard/rate-limit.ts'
export { body, cookie, file, files, header } from './params/places.ts'
export { requireVersion, type Validators } from './reply/conditional.ts'
export { attributes, Html, html, type HtmlValue, unsafeHtml } from './reply/html.ts'
export {
  attachment,
  changed,
  created,
  found,
  noContent,
  redirect,
  reply,
  Reply,
  type ReplyOptions,
  text,
} from './reply/reply.ts'
export type { UploadedFile } from './params/uploaded-file.ts'
export type { StaticOptions } from './app/static-route.ts'
