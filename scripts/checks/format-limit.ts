const KIB = 1024
const MIB = 1024 * 1024
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How the reference writes the default of a limit: the unit is the end of its name. */
export function formatLimit(name: string, value: number): string {
  if (name.endsWith('Ms')) return formatTime(value)
  if (/Bytes(Max|Min)?$/.test(name)) return formatBytes(value)
  return formatNumber(value)
}

function formatTime(ms: number): string {
  if (ms >= HOUR && ms % HOUR === 0) return `${ms / HOUR} h`
  if (ms >= MINUTE && ms % MINUTE === 0) return `${ms / MINUTE} min`
  return ms >= SECOND && ms % SECOND === 0 ? `${ms / SECOND} s` : `${ms} ms`
}

function formatBytes(bytes: number): string {
  if (bytes >= MIB && bytes % MIB === 0) return `${bytes / MIB} MiB`
  return bytes >= KIB && bytes % KIB === 0 ? `${bytes / KIB} KiB` : `${formatNumber(bytes)} bytes`
}

function formatNumber(value: number): string {
  return value.toLocaleString('en-US')
}
