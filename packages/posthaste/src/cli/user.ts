import { userInfo } from 'node:os'

/** Who sits at this command line. A container may run under a number that nobody has named. */
export function user(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
