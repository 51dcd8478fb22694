/** What was expected of the outbox does not hold; the message lists what is in it. */
export class OutboxError extends Error {
  override readonly name = 'OutboxError'
}
