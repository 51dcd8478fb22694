#!/usr/bin/env node
import { main } from './cli.ts'

/** Node 22 and 24 warn that their SQLite is experimental, in the middle of whatever is printed; every other warning stays. */
function silenceSqlite(): void {
  const printers = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning' && warning.message.startsWith('SQLite ')) return
    for (const print of printers) print(warning)
  })
}

silenceSqlite()
void main(process.argv.slice(2))
