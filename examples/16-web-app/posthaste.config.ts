import { createMailQueue } from 'posthaste'

export default createMailQueue({
  database: process.env.DATABASE_URL,
  defaults: { from: 'Shop <shop@example.com>' },
  transports: { default: process.env.POSTHASTE_SMTP_URL ?? 'smtp://localhost:25' },
  delivery: process.env.POSTHASTE_SMTP_URL ? 'live' : 'capture', // no mail server: go all the way, send nothing
})
