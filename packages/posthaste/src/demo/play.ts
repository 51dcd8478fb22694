import { setTimeout as pause } from 'node:timers/promises'
import type { Act } from './act.ts'
import { transaction } from './shop.ts'
import type { Stage } from './stage.ts'
import { lineOf, outcomeOf, type Played } from './tally.ts'

/** Each act in a transaction of the shop, which commits or rolls back. */
export async function play({ shop, mail, screen, smtp }: Stage, acts: readonly Act[]): Promise<Played[]> {
  const played: Played[] = []
  for (const act of acts) {
    const at = Date.now()
    const end = act.fate === 'undone' ? 'rollback' : 'commit'
    const work = async () => {
      shop.order(act.title)
      return act.enqueue(mail, shop.db)
    }
    played.push({ act, mails: await transaction(shop, work, end), at })
    screen.pass(`${end}: ${act.title} · ${smtp.accepted.length} mails at the server`)
    await pause(40)
  }
  return played
}

/** Waits until all that was committed has its outcome, and shows what it is. */
export async function showOutcome(stage: Stage, played: readonly Played[]): Promise<void> {
  const { mail, screen, smtp } = stage
  const committed = played.filter(({ act }) => act.fate !== 'undone').flatMap(({ mails }) => mails)
  const watching = setInterval(() => screen.pass(`${smtp.accepted.length} mails at the server`), 100)
  try {
    await Promise.all(committed.map(({ id }) => mail.settled(id, { timeout: '20s' }).catch(() => {})))
  } finally {
    clearInterval(watching)
    screen.pass('')
  }
  const outcomes = await Promise.all(played.map((one) => outcomeOf(one, smtp.accepted, mail)))
  screen.table(outcomes.map(lineOf))
}
