/** What goes beside a mail and not in it. */
export const optionNames = [
  'priority',
  'sendAt',
  'delay',
  'expiresAt',
  'expiresIn',
  'stream',
  'tenant',
  'idempotencyKey',
  'replaces',
  'tags',
  'metadata',
  'retry',
  'onUnknown',
  'sensitive',
] as const
