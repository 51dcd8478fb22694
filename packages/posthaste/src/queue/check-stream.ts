import { unknownStream } from '../config/read-streams.ts'
import type { Store } from '../store/store.ts'
import type { QueueParts } from './queue-parts.ts'

/**
 * A pause, or a suppression, of a name that nothing has would stop nothing.
 *
 * @throws {PH_STREAM_UNKNOWN} neither the configuration nor a mail has it: with the names there are
 */
export async function checkStream(
  name: string,
  store: Store,
  { settings, clock }: Pick<QueueParts, 'settings' | 'clock'>,
): Promise<void> {
  const configured = [...settings().streams.keys()]
  if (configured.includes(name)) return
  const stored = (await store.stats(clock.now())).streams.map(({ stream }) => stream)
  if (!stored.includes(name)) throw unknownStream(name, [...new Set([...configured, ...stored])])
}
