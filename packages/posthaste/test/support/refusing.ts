import type { QueueConfig } from '../../src/config/queue-config.ts'
import type { MailQueue } from '../../src/queue/mail-queue.ts'
import { type HandClock, queueAtHand } from './hand-clock.ts'
import { letter } from './line.ts'
import { type SmtpServer, startSmtp } from './smtp.ts'
import { until } from './wait.ts'

const closed = '550 5.7.1 This account is closed'
export const hour = 3_600_000
export const concurrency = 5

/** A server that refuses mail to, or from, or with whatever `refuses` says, at RCPT, and its queue. */
export interface Scene {
  readonly mail: MailQueue
  readonly clock: HandClock
  readonly smtp: SmtpServer
  /** Of which recipient; may be changed. */
  refuses: (address: string) => boolean
  /** The recipients that were asked for. */
  readonly asked: string[]
  [Symbol.asyncDispose](): Promise<void>
}

export async function openScene(url: string, config: Partial<QueueConfig> = {}): Promise<Scene> {
  const asked: string[] = []
  const smtp = await startSmtp()
  const { mail, clock } = queueAtHand({ database: url, transports: { default: smtp.url }, ...config })
  await mail.migrate()
  const scene: Scene = {
    ...{ mail, clock, smtp, asked },
    refuses: () => true,
    async [Symbol.asyncDispose]() {
      await mail.close()
      await smtp.close()
    },
  }
  smtp.options.reply = (step) => {
    if (step.step !== 'RCPT') return undefined
    asked.push(step.address)
    return scene.refuses(step.address) ? closed : undefined
  }
  return scene
}

export const letters = (count: number, more: Parameters<typeof letter>[1] = {}, name = 'ada') =>
  Array.from({ length: count }, (_, n) => ({ mail: letter(`${name}@${n}.example`, more) }))

export async function isBraked({ mail }: Pick<Scene, 'mail'>): Promise<boolean> {
  return (await mail.health()).brakes.length > 0
}

/** Turns the clock to where the next canary may go, so many times, or further. */
export async function letCanariesGo(scene: Scene, count: number, atLeast = 0): Promise<void> {
  for (let n = 0; n < count; n++) {
    await until(async () => (await scene.mail.count({ state: 'sending' })) === 0)
    const before = scene.asked.length
    const [brake] = (await scene.mail.health()).brakes
    scene.clock.turn(Math.max(atLeast, brakeEnd(brake).getTime() - scene.clock.now() + 1))
    await until(() => scene.asked.length > before, { what: 'a canary is sent' })
    await until(async () => (await scene.mail.health()).brakes.some(({ until }) => until > brakeEnd(brake)))
  }
}

export function brakeEnd(brake: { until: Date } | undefined): Date {
  return brake?.until ?? new Date(0)
}
