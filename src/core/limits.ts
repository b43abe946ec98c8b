/** Every bound of the framework with its default; `docs/reference/limits.md` has one row for each. */
export interface Limits {
  /** Bytes of one header line, and of the request line. */
  readonly headerLineBytesMax: number
  /** Bytes of the whole head of a request. */
  readonly headBytesMax: number
  /** Header fields of one request. */
  readonly headersMax: number
  /** Bytes of the path and query of a request. */
  readonly urlBytesMax: number
  /** Bytes of a body that is read whole. */
  readonly bodyBytesMax: number
  /** Bytes of extensions and trailers of one chunked body; sizes and line ends may exceed its data by as much. */
  readonly chunkOverheadBytesMax: number
  /** From the opening of a connection to its first byte. */
  readonly firstByteTimeoutMs: number
  /** From the first byte of a head to its end. */
  readonly headTimeoutMs: number
  /** Bytes a second that a body must bring, measured after `bodyRateGraceMs`. */
  readonly bodyRateBytesMin: number
  readonly bodyRateGraceMs: number
  /** Between two requests of one connection. */
  readonly idleTimeoutMs: number
  readonly requestsPerConnectionMax: number
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  /** Answers that wait in order on one connection. */
  readonly pipelinedMax: number
  /** Requests at once on one HTTP/2 connection. */
  readonly streamsMax: number
  /** Bytes waiting to be sent on one connection before its producer is paused. */
  readonly sendBufferBytesMax: number
  /** A peer that takes no byte for so long is let go. */
  readonly sendTimeoutMs: number
  /** Bytes of an unread body that are read and thrown away to keep a connection. */
  readonly drainBodyBytesMax: number
  /** How long a connection is read after its last answer, so that the peer still gets that answer. */
  readonly lingerTimeoutMs: number
  /** How long a server that is stopped still accepts while `/readyz` says no, so that a load balancer notices. */
  readonly unreadyMs: number
  /** How long a closing server waits for what runs. */
  readonly drainTimeoutMs: number
  /** Nesting of a JSON body. */
  readonly jsonDepthMax: number
  /** Fields of a form, of a query, or parts of a multipart body. */
  readonly formFieldsMax: number
  /** Bytes of one uploaded file; its parameter may say otherwise. */
  readonly fileBytesMax: number
  /** Bytes of files that a form does not take, read and thrown away so that its page can say so. */
  readonly skippedFileBytesMax: number
  /** Passwords being hashed at once, and waiting behind them. */
  readonly hashesMax: number
  readonly hashQueueMax: number
  /** Bytes of a password. */
  readonly passwordBytesMax: number
  /** Verified credentials remembered, and for how long. */
  readonly credentialCacheMax: number
  readonly credentialCacheTtlMs: number
  /** Positive decisions of groups and permissions remembered, and for how long. */
  readonly decisionCacheMax: number
  readonly decisionCacheTtlMs: number
  /** Connections to the database, and how long a call waits for one. */
  readonly poolMax: number
  readonly poolWaitMs: number
  /** Statements that wait for a connection at once. */
  readonly poolQueueMax: number
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly idleTransactionTimeoutMs: number
  /** A call as a whole; its route may say otherwise. */
  readonly callTimeoutMs: number
  /** Bytes of one message on a socket: a line, a frame, a WebSocket message. */
  readonly messageBytesMax: number
  /** Messages a second that one connection may send, once it has sent `messageBurstMax` at once; then it is not read. */
  readonly messageRateMax: number
  readonly messageBurstMax: number
  /** Silence after which a socket without heartbeats (TCP) is let go. */
  readonly silenceTimeoutMs: number
  /** Between two heartbeats; a peer that did not answer the last one is let go. */
  readonly heartbeatIntervalMs: number
  /** Connections of one user to the channels of one process. */
  readonly connectionsPerUserMax: number
  readonly roomsMax: number
  readonly roomMembersMax: number
  /** Bytes that wait to be read by one member of a room; then the policy of the channel for slow ones applies. */
  readonly memberQueueBytesMax: number
  /** Bytes of the messages that a room remembers. */
  readonly historyBytesMax: number
  /** Bytes of the messages that all rooms of a process remember. */
  readonly historiesBytesMax: number
  /** How long an empty room remembers its messages. */
  readonly roomIdleTimeoutMs: number
  /** Bytes of one datagram, and of the answer to an unsigned one. */
  readonly datagramBytesMax: number
  readonly datagramReplyBytesMax: number
  /** Datagrams a second from one address, once it has sent `datagramBurstMax` at once; more are dropped. */
  readonly datagramRateMax: number
  readonly datagramBurstMax: number
  /** Addresses whose rates are remembered. */
  readonly datagramAddressesMax: number
  /** Datagrams being answered at once; more are dropped. */
  readonly datagramsWaitingMax: number
  /** How far the time of a signed datagram may be from ours. */
  readonly datagramWindowMs: number
  /** Signed datagrams remembered against replay, in all and for one key; more are refused. */
  readonly datagramNoncesMax: number
  readonly datagramNoncesPerKeyMax: number
  /** Clients that hear a room by datagrams, and how long each does before it must ask again. */
  readonly datagramListenersMax: number
  readonly datagramListenMs: number
  /** Bytes of small files that static trees keep in memory, each tree for itself. */
  readonly staticCacheBytesMax: number
  /** A larger file is streamed from the disk at each request. */
  readonly staticCachedFileBytesMax: number
  /** How long a file in memory is served before the disk is asked whether it has changed. */
  readonly staticRevalidateMs: number
  /** Entries of a directory that a listing shows. */
  readonly listingEntriesMax: number
  /** Entries and members of sets of one kind in a memory store, and characters of them all; a full kind refuses. */
  readonly storeEntriesMax: number
  readonly storeCharactersMax: number
  /** One call of a shared store, a new connection to it, and calls that wait for it at once. */
  readonly storeTimeoutMs: number
  readonly storeConnectTimeoutMs: number
  readonly storePendingMax: number
  /** A guarded fetch as a whole: names, connections, redirects and body. */
  readonly dialTimeoutMs: number
  /** Bytes of a fetched body, as sent and as decompressed. */
  readonly dialBytesMax: number
  readonly dialRedirectsMax: number
  /** Addresses of one name that are tried. */
  readonly dialAddressesMax: number
  /** Users or addresses that one rate limit counts in the memory of a process. */
  readonly rateSubjectsMax: number
  /** How long the answer of an idempotent call is kept, and bytes of its body. */
  readonly idempotencyTtlMs: number
  readonly idempotentBytesMax: number
  /** Delay of the event loop beyond which calls are refused, and calls that run at once. */
  readonly loopDelayMaxMs: number
  readonly callsMax: number
  /** Characters of audit lines that wait for a full disk, and audit records that wait for a slow database. */
  readonly auditWaitingCharsMax: number
  readonly auditWaitingRecordsMax: number
}

export const defaultLimits: Limits = {
  headerLineBytesMax: 8 * 1024,
  headBytesMax: 32 * 1024,
  headersMax: 100,
  urlBytesMax: 8 * 1024,
  bodyBytesMax: 1024 * 1024,
  chunkOverheadBytesMax: 16 * 1024,
  firstByteTimeoutMs: 10_000,
  headTimeoutMs: 10_000,
  bodyRateBytesMin: 500,
  bodyRateGraceMs: 10_000,
  idleTimeoutMs: 60_000,
  requestsPerConnectionMax: 100_000,
  connectionsMax: 20_000,
  connectionsPerAddressMax: 20_000,
  pipelinedMax: 64,
  streamsMax: 100,
  sendBufferBytesMax: 1024 * 1024,
  sendTimeoutMs: 60_000,
  drainBodyBytesMax: 64 * 1024,
  lingerTimeoutMs: 5_000,
  unreadyMs: 0,
  drainTimeoutMs: 10_000,
  jsonDepthMax: 64,
  formFieldsMax: 1000,
  fileBytesMax: 10 * 1024 * 1024,
  skippedFileBytesMax: 32 * 1024 * 1024,
  hashesMax: 2,
  hashQueueMax: 100,
  passwordBytesMax: 1024,
  credentialCacheMax: 10_000,
  credentialCacheTtlMs: 60_000,
  decisionCacheMax: 10_000,
  decisionCacheTtlMs: 60_000,
  poolMax: 10,
  poolWaitMs: 5_000,
  poolQueueMax: 1_000,
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 5_000,
  idleTransactionTimeoutMs: 30_000,
  callTimeoutMs: 30_000,
  messageBytesMax: 64 * 1024,
  messageRateMax: 100,
  messageBurstMax: 500,
  silenceTimeoutMs: 3_600_000,
  heartbeatIntervalMs: 30_000,
  connectionsPerUserMax: 50,
  roomsMax: 100_000,
  roomMembersMax: 20_000,
  memberQueueBytesMax: 256 * 1024,
  historyBytesMax: 1024 * 1024,
  historiesBytesMax: 256 * 1024 * 1024,
  roomIdleTimeoutMs: 600_000,
  datagramBytesMax: 1472,
  datagramReplyBytesMax: 512,
  datagramRateMax: 20,
  datagramBurstMax: 50,
  datagramAddressesMax: 10_000,
  datagramsWaitingMax: 1000,
  datagramWindowMs: 30_000,
  datagramNoncesMax: 100_000,
  datagramNoncesPerKeyMax: 4096,
  datagramListenersMax: 10_000,
  datagramListenMs: 60_000,
  staticCacheBytesMax: 64 * 1024 * 1024,
  staticCachedFileBytesMax: 2 * 1024 * 1024,
  staticRevalidateMs: 250,
  listingEntriesMax: 2000,
  storeEntriesMax: 100_000,
  storeCharactersMax: 64 * 1024 * 1024,
  storeTimeoutMs: 1_000,
  storeConnectTimeoutMs: 3_000,
  storePendingMax: 10_000,
  dialTimeoutMs: 10_000,
  dialBytesMax: 1024 * 1024,
  dialRedirectsMax: 5,
  dialAddressesMax: 4,
  rateSubjectsMax: 100_000,
  idempotencyTtlMs: 24 * 3_600_000,
  idempotentBytesMax: 1024 * 1024,
  loopDelayMaxMs: 500,
  callsMax: 10_000,
  auditWaitingCharsMax: 8 * 1024 * 1024,
  auditWaitingRecordsMax: 10_000,
}
