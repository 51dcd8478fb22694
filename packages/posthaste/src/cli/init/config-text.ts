import type { Surroundings } from './look-around.ts'

const examples = {
  PostgreSQL: 'postgres://user:password@localhost:5432/app',
  MySQL: 'mysql://user:password@localhost:3306/app',
  SQLite: 'sqlite:mail.db',
}

/** A configuration to begin with. */
export function configText({ kind }: Pick<Surroundings, 'kind'>): string {
  return `import { createMailQueue } from 'posthaste'

// The one place: the app, the worker and the command line all use it.
export const mail = createMailQueue({
  // ${examples[kind]}
  database: process.env.DATABASE_URL,
  // The sender of mail that names none.
  defaults: { from: 'App <app@example.com>' },
  // smtp://user:password@mail.example.com:587, any Nodemailer transporter, or several under their names.
  transports: { default: process.env.SMTP_URL ?? 'smtp://localhost:1025' },
})

export default mail
`
}
