import type { Project } from './project.ts'

/** A file as init would write it. Its name is relative to the project, as all names of files here. */
export interface PlannedFile {
  readonly file: string
  readonly text: string
  /** Another file that is there in its place. */
  readonly there?: string | undefined
}

/** An app around the first mail, and the script that starts it. */
export interface PlannedApp {
  readonly file: PlannedFile
  readonly scripts: { readonly start: string }
}

const entries = ['server', 'app', 'index', 'main'].flatMap((name) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].flatMap((ending) => [
    `${name}.${ending}`,
    `src/${name}.${ending}`,
  ]),
)

/** Only for a project that has none: what is there is the user's, unless init has written it. */
export function plannedApp(project: Project, file: PlannedFile): PlannedApp | undefined {
  const start = `node --env-file-if-exists=.env ${file.file}`
  const { scripts = {}, main } = project.manifest.content
  const others = [...entries, ...(typeof main === 'string' ? [main] : [])].filter((one) => one !== file.file)
  const isOwn = project.read(file.file) === file.text
  const hasScripts =
    (scripts.start ?? start) !== start || scripts.dev !== undefined || scripts.build !== undefined
  const isThere = project.find(...others) !== undefined || (!isOwn && project.find(file.file) !== undefined)
  return hasScripts || isThere ? undefined : { file, scripts: { start } }
}
