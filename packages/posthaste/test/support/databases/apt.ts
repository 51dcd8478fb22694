import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'

/** One lock for the whole machine, not in the temporary folder: a test may have one of its own. */
const lock = '/run/lock/posthaste-tests-apt.lock'

/**
 * Runs a shell script that installs packages of Debian, one script at a time on this machine.
 * Returns false, and runs nothing, where we are not root or there is no apt-get. RUNLEVEL 1: what is installed is not started as a service.
 */
export async function runWithApt(script: string, ...args: string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const options = { env, maxBuffer: 64 << 20 }
  await promisify(execFile)('flock', [lock, 'sh', '-ec', script, 'sh', ...args], options)
  return true
}
