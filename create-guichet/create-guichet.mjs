#!/usr/bin/env node
// `npm create guichet my-app`: the same as `guichet new my-app`, before anything is installed.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const folder = dirname(createRequire(import.meta.url).resolve('guichet/package.json'))
const [directory = 'my-app', ...more] = process.argv.slice(2)
const child = spawn(process.execPath, [join(folder, 'bin/guichet.mjs'), 'new', directory, ...more], {
  stdio: 'inherit',
})
child.on('exit', (code) => process.exit(code ?? 1))
