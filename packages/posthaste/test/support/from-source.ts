import { registerHooks } from 'node:module'

/** Preloaded, it gives whoever imports `posthaste` its sources, so that nothing need be built. */
const entries: Record<string, URL> = {
  posthaste: new URL('../../src/index.ts', import.meta.url),
  'posthaste/testing': new URL('../../src/testing/index.ts', import.meta.url),
}

registerHooks({
  resolve(specifier, context, next) {
    const source = entries[specifier]
    return source ? { url: source.href, shortCircuit: true } : next(specifier, context)
  },
})
