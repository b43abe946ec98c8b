/**
 * Loaded before each test file: a warning of Node (a deprecation, a leak of listeners, …) fails the test that causes it.
 */
const EXPECTED = [
  // node:sqlite is still called experimental; its interface is pinned with our Node.
  /^SQLite is an experimental feature/,
]

process.on('warning', (warning) => {
  if (!EXPECTED.some((pattern) => pattern.test(warning.message))) throw warning
})
