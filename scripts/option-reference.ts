import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import ts from 'typescript'

/** One option as its TSDoc describes it. */
export interface Option {
  readonly name: string
  readonly type: string
  readonly optional: boolean
  readonly text: string
  /** What absence means: its own `@default`, else that of its type. */
  readonly absent: string | undefined
}

export interface OptionType {
  readonly name: string
  readonly text: string
  readonly example: string | undefined
  readonly options: readonly Option[]
}

/** Every type of options a user writes, by heading, in the order in which he meets them. */
const chapters: readonly (readonly [
  heading: string,
  lead: string,
  types: readonly (readonly [string, string])[],
])[] = [
  [
    'The queue: `createMailQueue(config)`',
    '',
    [
      ['config/queue-config.ts', 'QueueConfig'],
      ['config/queue-config.ts', 'StreamConfig'],
      ['retry.ts', 'RetryOptions'],
      ['config/queue-config.ts', 'RetentionOptions'],
      ['config/queue-config.ts', 'AttachmentOptions'],
      ['transports/redirect.ts', 'Redirect'],
      ['limit.ts', 'Limit'],
    ],
  ],
  [
    'A transport: `transports.<name>`',
    'A string is an SMTP URL; an object is one of these, a Nodemailer transporter, or a `Transport` of your own. Each of the two may carry a\n`limit`, which bounds what each worker sends through it.\n',
    [
      ['transports/smtp/options.ts', 'SmtpOptions'],
      ['transports/transporter.ts', 'TransporterOptions'],
    ],
  ],
  [
    'A mail: `enqueue(mail, options)`, `sendMail({ …, posthaste: options })`',
    '',
    [
      ['options.ts', 'EnqueueOptions'],
      ['queue/in-chunks.ts', 'ManyOptions'],
      ['queue/to-sql.ts', 'SqlOptions'],
    ],
  ],
  [
    'Delivery: `worker(options)`, `deliverDue(options)`',
    '',
    [
      ['worker/worker-options.ts', 'WorkerOptions'],
      ['worker/worker-options.ts', 'DeliverOptions'],
    ],
  ],
  [
    'Steering: filters, suppressions, health',
    '',
    [
      ['filter.ts', 'Filter'],
      ['queue/suppressions.ts', 'SuppressOptions'],
      ['queue/health.ts', 'HealthOptions'],
    ],
  ],
]

/** Where a type takes members from another. */
const inherited: Readonly<Record<string, readonly [file: string, name: string]>> = {
  DeliverOptions: ['worker/budget.ts', 'BudgetOptions'],
}
/** Set by the queue itself, not by the user. */
const internal: Readonly<Record<string, readonly string[]>> = { TransporterOptions: ['name', 'classify'] }

const introduction = `# Options

Written from the types by \`npm run docs:options\`: what stands here is what your editor shows.

A **duration** is a number of milliseconds or text: \`'500ms'\`, \`'30s'\`, \`'20m'\`, \`'4h'\`, \`'7d'\`, \`'2w'\`. An **instant** is a \`Date\` or ISO 8601 with
an offset (\`'2026-11-24T09:00:00Z'\`), never a number. A wrong name or value is refused as \`PH_CONFIG\`, \`PH_OPTION_UNKNOWN\` or \`PH_OPTION_INVALID\`
([errors](errors.md)).
`

export function optionTypes(): OptionType[] {
  return chapters.flatMap(([, , types]) => types.map(([file, name]) => readType(file, name)))
}

/** docs/reference/options.md, written from the TSDoc of the option types: \`npm run docs:options\` after changing one. */
export function optionReference(): string {
  const parts = chapters.flatMap(([heading, lead, types]) => [
    `## ${heading}\n`,
    ...(lead ? [lead] : []),
    ...types.map(([file, name]) => sectionOf(readType(file, name))),
  ])
  return [introduction, ...parts].join('\n')
}

/** The members of an interface, or of the literal in `A & { … }`, as they are declared in a file of src/. */
export function readType(file: string, name: string): OptionType {
  const source = parse(file)
  const found = source.statements.find(
    (node): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration =>
      (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && node.name.text === name,
  )
  if (!found) throw new Error(`${file} declares no ${name}`)
  const absent = tag(found, 'default')
  const [from, parent] = inherited[name] ?? []
  const own = membersOf(found)
    .filter((member) => !internal[name]?.includes(member.name.getText(source)))
    .map((member) => optionOf(member, source, absent))
  return {
    name,
    text: prose(found),
    example: tag(found, 'example'),
    options: from && parent ? [...own, ...readType(from, parent).options] : own,
  }
}

export function parse(file: string): ts.SourceFile {
  const url = new URL(`../packages/posthaste/src/${file}`, import.meta.url)
  return ts.createSourceFile(file, readFileSync(url, 'utf8'), ts.ScriptTarget.Latest, true)
}

function membersOf(node: ts.InterfaceDeclaration | ts.TypeAliasDeclaration): ts.PropertySignature[] {
  if (ts.isInterfaceDeclaration(node)) return node.members.filter(ts.isPropertySignature)
  const parts = ts.isIntersectionTypeNode(node.type) ? [...node.type.types] : [node.type]
  return parts.filter(ts.isTypeLiteralNode).flatMap(({ members }) => members.filter(ts.isPropertySignature))
}

function optionOf(
  member: ts.PropertySignature,
  source: ts.SourceFile,
  absentOfType: string | undefined,
): Option {
  return {
    name: member.name.getText(source),
    type: onOneLine(member.type?.getText(source) ?? 'unknown'),
    optional: member.questionToken !== undefined,
    text: prose(member),
    absent: tag(member, 'default') ?? absentOfType,
  }
}

function onOneLine(type: string): string {
  return type
    .replace(/(?<=[\w>])\s*\n\s*(?=\w+\??:)/g, '; ')
    .replace(/\s+/g, ' ')
    .replace(/\( /g, '(')
    .replace(/,? \)/g, ')')
    .replace(/ \| undefined$/, '')
}

function prose(node: ts.Node): string {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  return docs.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join('\n')
}

function tag(node: ts.Node, name: string): string | undefined {
  const found = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === name)
  return found && (ts.getTextOfJSDocComment(found.comment) ?? '')
}

function sectionOf({ name, text, example, options }: OptionType): string {
  return [
    `### ${name}\n`,
    ...(text ? [`${links(text)}\n`] : []),
    ...(example ? [`\`\`\`ts\n${example}\n\`\`\`\n`] : []),
    '| option | type | default | |\n|---|---|---|---|',
    ...options.map(rowOf),
    '',
  ].join('\n')
}

function rowOf({ name, type, optional, text, absent }: Option): string {
  const cells = [`\`${name}\``, `\`${type}\``, optional ? code(absent ?? '') : '**required**', links(text)]
  return `| ${cells.map((cell) => cell.replace(/\s+/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`
}

/** A default that begins with a value shows it as one. */
function code(text: string): string {
  return text.replace(/^('[^']*'|\[\]|\{\}|[\d_]+(\.\d+)?|true|false|null)(?=[ ,]|$)/, '`$1`')
}

function links(text: string): string {
  return text.replace(/\{@link (\w+)\}/g, '`$1`')
}

if (import.meta.main) {
  await writeFile(new URL('../docs/reference/options.md', import.meta.url), optionReference())
}
