import type { FrameworkName } from './known.ts'

/** What a template needs to know. */
export interface Words {
  /** The statement that imports the queue. */
  readonly importMail: string
  /** How the file of the first mail is imported here. */
  readonly firstMail: string
  /** What only TypeScript takes. */
  ts(annotation: string): string
  /** How a mail joins a transaction of the app's own, as a comment. */
  readonly joins: readonly [string, string]
}

/** Where files go: each is empty or ends in a slash, but that of `app`. */
export interface Places {
  readonly sources: string
  /** Where Next has its routes. */
  readonly app: string
}

/** The first mail in a framework's own place. */
export interface Template {
  /** Its file, without the ending. */
  file(places: Places): string
  text(words: Words): string
  /** An app around it, for a project that has none. */
  readonly app?: (words: Words) => string
  /** What an app has to say to have it. */
  readonly hint?: (words: Words) => string
}

const firstMail = "{ to: 'you@example.com', subject: 'First mail', text: 'It works.' }"
const sent = (indent: string, { joins }: Words) =>
  [...joins.map((line) => `// ${line}`), `const { id } = await mail.enqueue(${firstMail})`].join(
    `\n${indent}`,
  )

const postHandler = (words: Words) => `${words.importMail}

export async function POST() {
  ${sent('  ', words)}
  return Response.json({ id }, { status: 202 })
}
`

const express: Template = {
  file: ({ sources }) => `${sources}first-mail`,
  text: (words) => `import { Router } from 'express'
${words.importMail}

export const firstMail${words.ts(': Router')} = Router()

firstMail.post('/first-mail', async (_request, response, next) => {
  try {
    ${sent('    ', words)}
    response.status(202).json({ id })
  } catch (error) {
    next(error)
  }
})
`,
  app: (words) => `import express from 'express'
import { firstMail } from '${words.firstMail}'
${words.importMail}

const app = express()
app.use(firstMail)

const port = Number(process.env.PORT ?? 3000)
const server = app.listen(port, (error${words.ts('?: Error')}) => {
  if (error) throw error
  console.log(\`http://localhost:\${port}\`)
})
process.once('SIGTERM', () => server.close(() => mail.close()))
`,
  hint: ({ firstMail }) => `import { firstMail } from '${firstMail}', and call app.use(firstMail)`,
}

const fastify: Template = {
  file: ({ sources }) => `${sources}first-mail`,
  text: (words) => `${words.ts("import type { FastifyInstance } from 'fastify'\n")}${words.importMail}

export const firstMail = async (app${words.ts(': FastifyInstance')}) => {
  app.post('/first-mail', async (_request, reply) => {
    ${sent('    ', words)}
    return reply.code(202).send({ id })
  })
}
`,
  app: (words) => `import Fastify from 'fastify'
import { firstMail } from '${words.firstMail}'
${words.importMail}

const app = Fastify({ logger: true })
app.register(firstMail)
app.addHook('onClose', () => mail.close())

app.listen({ port: Number(process.env.PORT ?? 3000) })
process.once('SIGTERM', () => app.close())
`,
  hint: ({ firstMail }) => `import { firstMail } from '${firstMail}', and call app.register(firstMail)`,
}

const nest: Template = {
  file: () => 'src/first-mail.controller',
  text: (words) => `import { Controller, Post } from '@nestjs/common'
${words.importMail}

@Controller('first-mail')
export class FirstMailController {
  @Post()
  async send() {
    ${sent('    ', words)}
    return { id }
  }
}
`,
  hint: ({ firstMail }) =>
    `import { FirstMailController } from '${firstMail}', and name it among the controllers of your AppModule`,
}

const nuxt: Template = {
  file: () => 'server/routes/first-mail.post',
  text: (words) => `${words.importMail}

export default defineEventHandler(async () => {
  ${sent('  ', words)}
  return { id }
})
`,
}

const script: Template = {
  file: ({ sources }) => `${sources}first-mail`,
  text: (words) => `${words.importMail}

async function sendFirstMail() {
  ${sent('  ', words)}
  console.log(\`queued \${id}\`)
  await mail.close()
}

sendFirstMail()
`,
}

export const templates: Readonly<Record<FrameworkName, Template>> = {
  NestJS: nest,
  'Next.js': { file: ({ app }) => `${app}/first-mail/route`, text: postHandler },
  SvelteKit: { file: () => 'src/routes/first-mail/+server', text: postHandler },
  Nuxt: nuxt,
  Fastify: fastify,
  Express: express,
  'no framework': script,
}
