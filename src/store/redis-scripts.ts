// Scripts run as one step inside the server. Each names its keys, so that a cluster finds their place.

/** KEYS 1: text. ARGV: expected, value, TTL. */
export const REPLACE: string = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

/** KEYS 1: text. */
export const GET_AND_DELETE: string = `
local value = redis.call('GET', KEYS[1])
if value then redis.call('DEL', KEYS[1]) end
return value`

// A count beyond 2^53 would come out rounded: it is taken back instead.
/** KEYS 1: text. ARGV: step, TTL. Gives the count and what is left of the TTL. */
export const INCREMENT: string = `
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if count > 9007199254740991 or count < -9007199254740991 then
  redis.call('DECRBY', KEYS[1], ARGV[1])
  return redis.error_reply('ERR increment or decrement would overflow')
end
local ttl = redis.call('PTTL', KEYS[1])
if ttl < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  ttl = tonumber(ARGV[2])
end
return { count, ttl }`

// A set is sorted by the time when each member ends, on the clock of the server: the clocks of processes may differ.
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`

/** KEYS 1: set. ARGV: member, TTL. */
export const ADD_MEMBER: string = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last[2]))
return 1`

/** KEYS 1: set. ARGV: member. */
export const REMOVE_MEMBER: string = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
return redis.call('ZREM', KEYS[1], ARGV[1])`

/** KEYS 1: set. */
export const MEMBERS: string = `${NOW}
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now), '+inf')`
