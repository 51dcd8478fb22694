import { databases } from './known.ts'
import { databaseUrl, type Project } from './project.ts'

/** A command, or a change by hand, and what it is for. */
export interface Step {
  readonly does: string
  readonly about: string
}

/** The worker's start. */
export const worker = 'posthaste work --migrate'

interface Planned {
  readonly firstMail: string
  readonly compilerOption: string | undefined
  /** What the app has to say to have the first mail. */
  readonly hint: string | undefined
  /** The script that starts the app is init's. */
  readonly startsApp: boolean
}

/** What is left to the user, in this order. */
export function stepsFor(project: Project, planned: Planned): Step[] {
  return [
    ...installs(project),
    ...settings(project),
    ...ignores(project),
    ...changes(planned),
    ...runs(project, planned),
  ]
}

function installs({ kind, manager, has }: Project): Step[] {
  const connects = databases.find((one) => one.kind === kind)?.connects
  const missing = ['posthaste', connects].filter((name) => name !== undefined && !has(name))
  return missing.length === 0 ? [] : [{ does: `${manager.adds} ${missing.join(' ')}`, about: '' }]
}

function settings({ kind }: Project): Step[] {
  const smtp = {
    does: 'export POSTHASTE_SMTP_URL=smtp://user:password@mail.example.com:587',
    about: `${inEnv}; else smtp://localhost:1025`,
  }
  if (kind === 'SQLite') return [smtp]
  const example = databases.find((one) => one.kind === kind)?.example
  return [{ does: `export DATABASE_URL=${example}`, about: inEnv }, smtp]
}

/** The file that the configuration names, and what SQLite has beside it. */
function ignores({ kind, find, read }: Project): Step[] {
  const isIgnored = /^\/?(?:\*|mail)\.(?:db\b|\*)/m.test(read('.gitignore'))
  if (kind !== 'SQLite' || databaseUrl(read) !== '' || find('.gitignore') === undefined || isIgnored)
    return []
  return [{ does: "printf '\\nmail.db*\\n' >> .gitignore", about: 'it will hold mail' }]
}

const inEnv = 'here, or in .env'

function changes({ compilerOption, hint }: Planned): Step[] {
  return [
    { does: compilerOption, about: 'in tsconfig.json, so that tsc takes the imports that Node takes' },
    { does: hint, about: 'in your app' },
  ].filter((step): step is Step => step.does !== undefined)
}

function runs(project: Project, { firstMail, startsApp }: Planned): Step[] {
  const { manager, framework, manifest } = project
  const scripts = manifest.content.scripts ?? {}
  const deliver = {
    does: (scripts.mail ?? worker) === worker ? `${manager.name} run mail` : `npx ${worker}`,
    about: 'makes the tables and delivers; leave it running',
  }
  if (framework.package === null)
    return [deliver, { does: `node --env-file-if-exists=.env ${firstMail}`, about: 'the first mail' }]
  const start = startsApp ? 'start' : framework.starts.find((name) => scripts[name] !== undefined)
  return [
    deliver,
    {
      does: start === undefined ? 'start your app' : startOf(manager.name, start),
      about: 'in another terminal',
    },
    { does: `curl -X POST http://localhost:${framework.port}/first-mail`, about: 'the first mail' },
  ]
}

function startOf(manager: string, script: string): string {
  return script === 'start' && manager !== 'bun' ? `${manager} start` : `${manager} run ${script}`
}
