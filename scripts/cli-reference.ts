import { writeFile } from 'node:fs/promises'
import { createProgram } from '../packages/posthaste/src/cli/cli.ts'
import { examples } from '../packages/posthaste/src/cli/define-command.ts'

type Command = ReturnType<typeof createProgram>

/** What django-mailer's users know a command as. */
const djangoMailer: Record<string, string> = {
  migrate: '`migrate`',
  work: '`runmailer`, `runmailer_pg`; `work --once` is `send_mail`',
  list: 'the admin',
  show: 'the admin',
  retry:
    '`retry_deferred` is `posthaste retry --state deferred --yes`; deferred mail is retried by itself, too',
  purge:
    '`purge_mail_log 7` is `posthaste purge --older-than 7d --yes`; `-r failure` and `-r all` are `--state failed` and `--state all`',
  suppress: '`DontSendEntry`, in the admin',
  pause: '`MAILER_PAUSE_SEND`, without a restart',
  resume: '`MAILER_PAUSE_SEND`, without a restart',
}

const introduction = `# The command line

\`posthaste <command>\`. It finds \`posthaste.config.{ts,mts,js,mjs}\` in this folder or above it (or \`--config\`); what the file exports as
default or as \`mail\` is the queue. Node itself reads TypeScript, by stripping types: imports carry their file ending, and there is no \`enum\`.

Without a configuration the environment suffices: \`POSTHASTE_DATABASE_URL\` (else \`DATABASE_URL\`) and \`POSTHASTE_SMTP_URL\`, which becomes the
transport \`default\`. \`POSTHASTE_SMTP_URL\` also serves a configuration without transports. \`--env-file\` sets the environment first; what is set
already stays. (Node looks for that file before it runs anything, and exits with 9 where it is missing.)

| exit code | |
|---|---|
| 0 | done |
| 1 | it failed: the database does not answer, the tables are missing, mail is stuck (\`health\`), something is wrong (\`doctor\`), a mail named by id was not changed, a second signal cut the worker off |
| 2 | it was called wrongly: an unknown command or option, a bad value, a missing argument, \`--yes\` missing without a terminal |

Results go to stdout, everything else to stderr. On a terminal there are colour, tables that fit, and a progress bar; in a pipe the same
tables, plain and whole. Control characters in what strangers wrote (subjects, replies, addresses) are shown, never obeyed.

With \`--json\` the result is one JSON document, instants are ISO 8601; \`work\` and \`suppress export\` print one object to a line. An error is
\`{ "error": { "code", "message" } }\` on stderr: the code is one of [the catalogue](errors.md), \`USAGE\` for a wrong call, \`UNEXPECTED\` for what
nobody foresaw.

Which mails: by id, or by the options \`--state --stream --tenant --tag --to --subject --message-id --idempotency-key --unknown --since --until\`,
all of which must hold; \`--all\` means every mail. \`retry\`, \`cancel\`, \`hold\`, \`release\`, \`resolve\`, \`resend\` and \`purge\` show on a terminal how many mails that is,
and ask; elsewhere they need \`--yes\`. Mails named by id were meant, and are not asked about.
`

/** docs/reference/cli.md, written from the commands: \`npm run docs:cli\` after changing them. */
export function cliReference(): string {
  const program = createProgram()
  return [introduction, '## Every command\n', optionTable(program), ...leaves(program).map(section)].join(
    '\n',
  )
}

function leaves(command: Command): Command[] {
  return command.commands.flatMap((one) => (one.commands.length > 0 ? leaves(one) : [one]))
}

function section(command: Command): string {
  const name = nameOf(command)
  const django = djangoMailer[name.split(' ')[0] ?? '']
  const args = command.registeredArguments.map(
    (one) =>
      `- \`${one.required ? `<${one.name()}>` : `[${one.name()}]`}\`${one.variadic ? ', one or more' : ''}: ${one.description}`,
  )
  return [
    `## ${name}\n`,
    `${command.description()}.\n`,
    ...(django ? [`django-mailer: ${django}.\n`] : []),
    `\`\`\`sh\n${examples(command).join('\n')}\n\`\`\`\n`,
    ...(args.length > 0 ? [`${args.join('\n')}\n`] : []),
    ...(command.options.length > 0 ? [optionTable(command)] : []),
  ].join('\n')
}

function optionTable(command: Command): string {
  const rows = command.options.map(({ flags, description, argChoices, defaultValue, mandatory }) => {
    const more = [
      ...(argChoices ? [`one of ${argChoices.join(', ')}`] : []),
      ...(defaultValue === undefined ? [] : [`default: ${defaultValue}`]),
      ...(mandatory ? ['required'] : []),
    ]
    const text = more.length > 0 ? `${description} (${more.join('; ')})` : description
    return `| \`${flags}\` | ${text.replaceAll('|', '\\|')} |`
  })
  return `| option | |\n|---|---|\n${rows.join('\n')}\n`
}

function nameOf(command: Command): string {
  return command.parent?.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()
}

if (import.meta.main) {
  await writeFile(new URL('../docs/reference/cli.md', import.meta.url), cliReference())
}
