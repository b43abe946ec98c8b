/** Spellings of URLs by which a server may be led to itself or to its network: each must be refused before a connection. */
export function* ssrfSpellings(): Generator<string> {
  for (const address of INSIDE) {
    for (const host of spellingsOf(address)) yield* [`http://${host}/`, `https://${host}/`, `http://${host}:80/`]
  }
  yield* OTHERS
}

/** Loopback, private networks, the metadata services of clouds, this network, broadcast. */
const INSIDE = [
  '127.0.0.1',
  '127.255.255.254',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '0.0.0.0',
  '100.64.0.1',
  '255.255.255.255',
]

/** One IPv4 address as parsers of URLs, of the system and of IPv6 may read it. */
function* spellingsOf(address: string): Generator<string> {
  const bytes = address.split('.').map(Number)
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  const number = ((a * 256 + b) * 256 + c) * 256 + d
  const hex = (value: number): string => `0x${value.toString(16)}`
  const octal = (value: number): string => `0${value.toString(8)}`
  yield* [address, `${address}.`, String(number), hex(number), octal(number), hex(number).toUpperCase()]
  yield* [bytes.map(hex).join('.'), bytes.map(octal).join('.'), bytes.map((byte) => `00000${octal(byte)}`).join('.')]
  yield* [`${a}.${b}.${c * 256 + d}`, `${a}.${(b * 256 + c) * 256 + d}`, `${hex(a)}.${b}.${octal(c)}.${d}`]
  yield [...address].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')
  // Digits and dots that IDNA maps to ASCII.
  yield address.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))
  yield address.replace(/\d/g, (digit) => String.fromCodePoint(0x1d7ce + Number(digit)))
  yield* [address.replaceAll('.', '。'), address.replaceAll('.', '．'), address.replaceAll('.', '｡')]
  yield `\u00ad${address}`
  yield* [
    `user@${address}`,
    `user:secret@${address}`,
    `example.org@${address}`,
    `example.org:80@${address}`,
    `@${address}`,
  ]
  yield* [`${address}\\@example.org`, `${address}%23@example.org`]
  const words = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  yield* [`[::ffff:${address}]`, `[::ffff:${words}]`, `[0:0:0:0:0:FFFF:${words}]`, `[::ffff:0:${words}]`]
  yield* [`[::${address}]`, `[::${words}]`, `[64:ff9b::${address}]`, `[64:ff9b:1::${words}]`, `[2002:${words}::]`]
  yield* [`[2001:0:${words}::1]`, `[fe80::${words}]`, `[fc00::${words}]`]
}

const OTHERS = [
  'http://localhost/',
  'http://LOCALHOST/',
  'http://localhost./',
  'http://api.localhost/',
  'http://ⓛocalhost/',
  'http://127.1/',
  'http://0/',
  'http://[::]/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::1%25lo]/',
  'http://[fd00:ec2::254]/',
  'http://[ff02::1]/',
  'http:127.0.0.1',
  'http:/127.0.0.1',
  'http:\\\\127.0.0.1\\',
  '\thttp://127.0.0.1/\n',
  'ht\ntp://127.0.0.1/',
  'http://127.0.0.1\t/',
  '//127.0.0.1/',
  'file:///etc/passwd',
  'ftp://8.8.8.8/',
  'gopher://127.0.0.1:6379/_INFO',
  'data:text/html,<title>a</title>',
  'javascript:alert(1)',
  'blob:http://127.0.0.1/a',
  'ws://8.8.8.8/',
  'unix:/var/run/docker.sock',
  'http://8.8.8.8:22/',
  'http://8.8.8.8:6379/',
  'https://8.8.8.8:8443/',
  'http://8.8.8.8:0/',
  'http://8.8.8.8:65536/',
  '',
  'about:blank',
]
