/** Whether the process says that it serves real users: what is only warned of elsewhere is refused then. */
export function isProduction(): boolean {
  return process.env.NODE_ENV === 'production'
}
