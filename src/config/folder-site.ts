import { cgiOptions } from '../sources/cgi/options.ts'
import { staticOptions } from '../sources/static/options.ts'
import { templateOptions } from '../sources/template/options.ts'
import { patienceOf } from './patience.ts'
import { routeSchema, siteSchema } from './schema.ts'
import type { RouteConfig, SiteConfig, SourceConfig } from './site.ts'

/**
 * The site that a folder is without a configuration: `cgi/` holds scripts, `*.j2` files are
 * templates whose names may hold parameters, the rest is served as it is. Execution happens in
 * `cgi/` only, never because of an execute bit.
 */
export function folderSite(folder: string): SiteConfig {
  const defaults = siteSchema.parse({ routes: [{ match: '/', static: '.' }] })
  return {
    folder,
    file: undefined,
    listen: {
      tftp: undefined,
      http: undefined,
      https: undefined,
      singlePort: defaults.listen.singlePort,
      transferPorts: defaults.listen.transferPorts,
    },
    tls: undefined,
    values: {},
    limits: defaults.limits,
    identity: { order: defaults.identity.order, leases: [] },
    secrets: { keyFile: undefined, from: [], certificates: false },
    expectedMisses: [],
    clients: [],
    log: defaults.log,
    routes: [
      route('scripts', '/cgi/{path...}', {
        kind: 'cgi',
        options: cgiOptions.parse({ folder: 'cgi' }),
      }),
      route('templates', '/{path...}', {
        kind: 'template',
        options: templateOptions.parse({ folder: '.' }),
      }),
      route('files', '/{path...}', {
        kind: 'static',
        options: staticOptions.parse({ folder: '.' }),
      }),
    ],
  }
}

function route(name: string, match: string, source: SourceConfig): RouteConfig {
  const defaults = routeSchema.parse({ match })
  const { fronts, deadlineMs, uploadBytesMax } = defaults
  return {
    name,
    match,
    methods: ['GET'],
    fronts,
    deadlineMs,
    uploadBytesMax,
    patience: patienceOf(defaults),
    source,
    origin: 'folder convention',
  }
}
