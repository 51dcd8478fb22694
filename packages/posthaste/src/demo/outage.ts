import { type Act, people, simple } from './act.ts'
import { play, showOutcome } from './play.ts'
import { type Stage, until, withWorker } from './stage.ts'
import type { Played } from './tally.ts'

const acts: readonly Act[] = [
  {
    ...simple('queued without it; one attempt', people('patient', 8), {
      subject: 'Your order',
      text: 'It was on its way all the time.',
    }),
    // What meets a server that is not there burns no attempt.
    proof: (_, { record }) => record?.attempts === 1,
  },
]

/** The third chapter: nothing listens for a while. */
export async function outage(stage: Stage): Promise<Played[]> {
  const { mail, screen, smtp } = stage
  screen.chapter(3, 'The mail server dies, and comes back')
  const met: string[] = []
  const worker = mail.worker({ name: 'worker 3' }).on('backoff', ({ reason, until: end }) => {
    met.push(reason)
    screen.did('backs off', `${reason}; next try in ${((end.getTime() - Date.now()) / 1_000).toFixed(1)} s`)
  })
  let played: Played[] = []
  await withWorker(worker, async () => {
    await smtp.stop()
    screen.did('is down', `nothing listens on port ${smtp.port}`)
    played = await play(stage, acts)
    await until(() => met.length > 0, 'for a worker that meets the outage')
    await smtp.start()
    screen.did('is back', `on port ${smtp.port}`)
    await showOutcome(stage, played)
  })
  return played
}
