/**
 * The text under which an address is counted: an IPv4 address itself, of an IPv6 address the first 64 bits. One
 * customer has all the rest, and would otherwise have a new counter for each call.
 */
export function subjectOfAddress(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return `${groups.slice(0, 4).map(plainGroup).join(':')}::/64`
}

function plainGroup(group: string): string {
  return group.replace(/^0+(?=.)/, '').toLowerCase()
}
