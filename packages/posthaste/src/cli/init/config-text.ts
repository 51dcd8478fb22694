import { configHere } from '../config/find.ts'
import type { PlannedFile } from './app.ts'
import { databases, type Kind } from './known.ts'
import type { Project } from './project.ts'

export interface PlannedConfig extends PlannedFile {
  /** Its queue has the name `mail`, besides being the default. */
  readonly exportsMail: boolean
}

/** One that is there already, wherever init would have written it, serves in its place. */
export function plannedConfig(
  { folder, kind, read }: Project,
  { file, inStyle }: { file: string; inStyle: (text: string) => string },
): PlannedConfig {
  const there = configHere(folder)
  const text = inStyle(configText(kind))
  const used = there === undefined ? text : read(there)
  return { file, text, there: there === file ? undefined : there, exportsMail: named.test(used) }
}

const named =
  /\bexport\s+(?:const|let|var)\s+mail\b|\bexport\s*\{[^}]*\bmail\b|\bexports\.mail\b|\bexports\s*=\s*\{[^}]*\bmail\b/

/** A configuration to begin with. */
function configText(kind: Kind): string {
  const example = databases.find((one) => one.kind === kind)?.example
  return `import { createMailQueue } from 'posthaste'

// The one place: the app, the worker and the command line all use it.
export const mail = createMailQueue({
${kind === 'SQLite' ? sqliteLines(example) : `  // ${example}\n  database: process.env.DATABASE_URL,`}
  // The sender of mail that names none.
  defaults: { from: 'App <app@example.com>' },
  // smtp://user:password@mail.example.com:587, any Nodemailer transporter, or several under their names.
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:1025' },
})

export default mail
`
}

function sqliteLines(example = ''): string {
  return `  // The file of your own tables, if they are in SQLite: then mail joins your transactions.
  database: process.env.DATABASE_URL ?? '${example}',`
}
