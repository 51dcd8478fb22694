import { execFileSync } from 'node:child_process'
import { budget } from './options.ts'

/**
 * Which of the targets have changed since this branch left `origin/main`, or in the last commits where nothing is ahead of it; the latest
 * change first. A fixed share where there is no history.
 */
export function changed(folder: string, targets: readonly string[]): readonly string[] {
  const files = changedFiles().map((file) => file.slice(folder.length))
  if (files.length === 0) return budget.fixed
  return [...new Set(files)].filter((file) => targets.includes(file))
}

function changedFiles(): string[] {
  const [head, base] = [git('rev-parse', 'HEAD'), git('merge-base', 'HEAD', 'origin/main')]
  const range = base === '' || base === head ? [`--max-count=${budget.commits}`] : [`${base}..HEAD`]
  const committed = git('log', '--format=', '--name-only', '--diff-filter=d', ...range)
  // A shallow clone has one commit, which adds everything.
  if (git('rev-parse', '--is-shallow-repository') !== 'false') return []
  return [git('diff', '--name-only', '--diff-filter=d', 'HEAD'), committed]
    .join('\n')
    .split('\n')
    .filter(Boolean)
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}
