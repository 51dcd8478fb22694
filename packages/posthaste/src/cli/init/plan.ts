import { type PlannedFile, plannedApp } from './app.ts'
import { plannedConfig } from './config-text.ts'
import type { Project } from './project.ts'
import { type Step, stepsFor, worker } from './steps.ts'
import { commonjs, placesOf, styleOf } from './style.ts'
import { templates, type Words } from './templates.ts'

/** What init would do. */
export interface Plan {
  readonly files: readonly PlannedFile[]
  readonly scripts: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

export function planFor(project: Project): Plan {
  const style = styleOf(project)
  const places = placesOf(project)
  const template = templates[project.framework.name]
  const inStyle = style.isCommonjs ? commonjs : (text: string) => text
  const config = plannedConfig(project, {
    file: `${places.sources}posthaste.config.${style.ending}`,
    inStyle,
  })
  const firstMail = `${template.file(places)}.${style.plainEnding}`
  const wordsIn = (file: string): Words => ({
    importMail: `import ${config.exportsMail ? '{ mail }' : 'mail'} from '${style.specifier(file, config.there ?? config.file)}'`,
    firstMail: style.specifier(file, firstMail),
    ts: (annotation) => (style.isTypeScript ? annotation : ''),
    joins: [`In a transaction of your own, with ${project.driver.name}:`, project.driver.joins],
  })
  const write = (file: string, text: (words: Words) => string) => ({
    file,
    text: inStyle(text(wordsIn(file))),
  })
  const app =
    template.app && plannedApp(project, write(`${places.sources}server.${style.plainEnding}`, template.app))
  return {
    files: [config, write(firstMail, template.text), ...(app ? [app.file] : [])],
    scripts: { mail: worker, ...app?.scripts },
    steps: stepsFor(project, {
      firstMail,
      compilerOption: style.wants,
      hint: app ? undefined : template.hint?.(wordsIn(`${places.sources}app`)),
      startsApp: app !== undefined,
    }),
  }
}
