import { expect, test } from 'vitest'
import { posthaste } from './support/cli.ts'
import { useProject } from './support/project.ts'

const { project, path } = useProject()

async function plan() {
  const { code, stdout, stderr } = await posthaste(['init', '--dry-run', '--json'], { cwd: path() })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { files, ...rest } = JSON.parse(stdout)
  return { ...rest, files: files.map(({ file }: { file: string }) => file) }
}

const ts = { devDependencies: { typescript: '6' } }
test.each([
  [
    'a folder that npm init has made',
    { 'package.json': { type: 'commonjs' } },
    {
      framework: 'no framework',
      driver: 'node:sqlite',
      database: 'SQLite',
      language: 'JavaScript',
      modules: 'CommonJS',
      files: ['posthaste.config.js', 'first-mail.js'],
    },
  ],
  [
    'Express in TypeScript, of a project that says it is CommonJS, with pg',
    { 'package.json': { ...ts, dependencies: { express: '5', pg: '8' } } },
    {
      framework: 'Express',
      driver: 'pg',
      database: 'PostgreSQL',
      language: 'TypeScript',
      files: ['posthaste.config.mts', 'first-mail.mts', 'server.mts'],
    },
  ],
  [
    'Fastify in TypeScript with a build and sources in src/, with Kysely and the URL of .env',
    {
      'package.json': { ...ts, scripts: { build: 'tsc' }, dependencies: { fastify: '5', kysely: '0.29' } },
      '.env': 'DATABASE_URL="mysql://u:secret@localhost/app"\n',
      'src/index.ts': '',
    },
    {
      framework: 'Fastify',
      driver: 'Kysely',
      database: 'MySQL',
      files: ['src/posthaste.config.ts', 'src/first-mail.ts'],
    },
  ],
  [
    'Nest before the Express that it stands on, with TypeORM',
    {
      'package.json': { dependencies: { express: '5', '@nestjs/core': '12', typeorm: '1', mysql2: '3' } },
      'tsconfig.json': {},
    },
    {
      framework: 'NestJS',
      driver: 'TypeORM',
      database: 'MySQL',
      files: ['src/posthaste.config.ts', 'src/first-mail.controller.ts'],
    },
  ],
  [
    'Next in JavaScript with src/app, and Prisma by its schema',
    {
      'package.json': { dependencies: { next: '16', '@prisma/client': '7' } },
      'prisma/schema.prisma': 'generator client {}\ndatasource db {\n  provider = "postgresql"\n}\n',
      'src/app/page.js': '',
    },
    {
      framework: 'Next.js',
      driver: 'Prisma',
      database: 'PostgreSQL',
      files: ['posthaste.config.mjs', 'src/app/first-mail/route.js'],
    },
  ],
  [
    'SvelteKit, and Drizzle on better-sqlite3, whose transactions may not wait',
    {
      'package.json': {
        type: 'module',
        devDependencies: { '@sveltejs/kit': '3', typescript: '6' },
        dependencies: { 'drizzle-orm': '0.45', 'better-sqlite3': '13' },
      },
    },
    {
      framework: 'SvelteKit',
      driver: 'Drizzle on better-sqlite3',
      database: 'SQLite',
      files: ['posthaste.config.ts', 'src/routes/first-mail/+server.ts'],
    },
  ],
  [
    'Nuxt with postgres.js',
    { 'package.json': { dependencies: { nuxt: '4', postgres: '3' } }, 'tsconfig.json': {} },
    {
      framework: 'Nuxt',
      driver: 'postgres.js',
      database: 'PostgreSQL',
      files: ['posthaste.config.ts', 'server/routes/first-mail.post.ts'],
    },
  ],
])('%s', async (_what, files, found) => {
  await project(files)
  expect(await plan()).toMatchObject(found)
})

test.each([
  ['where git is told of files to leave', { '.gitignore': 'node_modules\n' }, true],
  ['where it is told of this one', { '.gitignore': 'node_modules\n*.db*\n' }, false],
  ['where there is no git', {}, false],
  [
    'where mail is in another database',
    { '.gitignore': '', '.env': 'DATABASE_URL=postgres://localhost/shop\n' },
    false,
  ],
])('the file with the mail is kept out of git: %s', async (_what, files, isSaid) => {
  await project({ 'package.json': { dependencies: { express: '5' } }, ...files })
  const { next } = await plan()
  expect(next.some(({ does }: { does: string }) => does === "printf '\\nmail.db*\\n' >> .gitignore")).toBe(
    isSaid,
  )
})

test('what is missing, and the package manager, by what they leave', async () => {
  await project({
    'package.json': { dependencies: { next: '16', postgres: '3' }, scripts: { dev: 'next dev' } },
    'pnpm-lock.yaml': '',
  })
  const { next } = await plan()
  expect(next.map(({ does }: { does: string }) => does)).toEqual([
    'pnpm add posthaste pg',
    'export DATABASE_URL=postgres://user:password@localhost:5432/app',
    'export POSTHASTE_SMTP_URL=smtp://user:password@mail.example.com:587',
    'pnpm run mail',
    'pnpm run dev',
    'curl -X POST http://localhost:3000/first-mail',
  ])
})
