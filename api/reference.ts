/** The API describes itself: an OpenAPI document, and a page to read it. Everything comes from here, nothing from a CDN. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'

/** The package's own entry is dist/index.js; its bundle for a browser stands beside it. */
const bundle = new URL('./browser/standalone.js', import.meta.resolve('@scalar/api-reference'))

const settings = JSON.stringify({
  url: '/openapi.json',
  // The default fonts would come from the vendor's server, and so would the words of its assistant.
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
})

const page = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Leadline API</title>
  </head>
  <body>
    <script id="api-reference" data-configuration="${settings}"></script>
    <script src="/docs/scalar.js"></script>
  </body>
</html>`

export function addReference(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' })

  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Leadline',
      version: '1',
      description:
        'Send leads, see who owns them, and work on them. Refusals are problem documents (RFC 9457).',
    },
    servers: [{ url: deps.publicUrl }],
    security: [{ key: [] }],
  })

  app.get('/docs', c => c.html(page))

  let script: Promise<Buffer<ArrayBuffer>> | undefined
  app.get('/docs/scalar.js', async c => {
    script ??= readFile(fileURLToPath(bundle))
    return c.body(await script, 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'public, max-age=86400',
    })
  })
}
