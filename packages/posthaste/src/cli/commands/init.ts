import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { configNames } from '../config/find.ts'
import { defineCommand } from '../define-command.ts'
import { createOutput } from '../output.ts'
import { configText, detectProject } from '../project.ts'
import { UsageError } from '../report.ts'

export function init(program: Command): void {
  defineCommand(program, 'init', {
    does: 'Write a configuration for what is found in this folder',
    examples: ['posthaste init'],
  })
    .option('--force', 'write over a configuration that is there')
    .action(async (options: { force?: true; json?: true }, command: Command) => {
      const out = createOutput(command.optsWithGlobals<{ json?: true }>())
      const folder = process.cwd()
      const there = configNames.find((name) => existsSync(join(folder, name)))
      if (there !== undefined && !options.force) throw new UsageError(`there is a ${there} already (--force)`)
      const found = await detectProject(folder)
      const name = there ?? `posthaste.config.${found.ending}`
      await writeFile(join(folder, name), configText(found))
      out.result({ written: name, database: found.kind }, () => nextSteps(name, found.kind))
    })
}

function nextSteps(name: string, kind: string): string {
  return [
    `wrote ${name}, for ${kind}`,
    '',
    'Next:',
    '  1. set DATABASE_URL and POSTHASTE_SMTP_URL in the environment, or in a file for --env-file',
    '  2. posthaste doctor            is everything in its place?',
    '  3. posthaste work --migrate    make the tables, and deliver',
  ].join('\n')
}
