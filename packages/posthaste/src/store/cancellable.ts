/** Of a delivery `d`: its body has surely not begun to leave. */
export const isCancellable =
  "(d.state in ('queued', 'held') or (d.state = 'sending' and d.dispatched_at is null))"
