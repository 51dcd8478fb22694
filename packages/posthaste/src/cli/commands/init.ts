import type { Command } from 'commander'
import { defineCommand } from '../define-command.ts'
import { carryOut } from '../init/carry-out.ts'
import { planFor } from '../init/plan.ts'
import { detectProject } from '../init/project.ts'
import { reportJson, reportText } from '../init/report.ts'
import { createOutput } from '../output.ts'

export function init(program: Command): void {
  defineCommand(program, 'init', {
    does: "Write a configuration, the worker's script and a first mail for the project in this folder; what is there already stays as it is",
    examples: ['posthaste init --dry-run', 'posthaste init'],
  })
    .option('--dry-run', 'show what it would write, and write nothing')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<{ json?: true; dryRun?: true }>()
      const out = createOutput(options)
      const project = await detectProject(process.cwd())
      const plan = planFor(project)
      const isDry = options.dryRun === true
      const done = await carryOut(project, plan, { isDry })
      const told = { project, steps: plan.steps, done, isDry }
      out.result(reportJson(told), () => reportText(told, out.colors))
    })
}
