import type { RouteConfig, SiteConfig, SourceConfig } from '../config/site.ts'
import { addressList } from './address-list.ts'
import { compilePattern } from '../routing/pattern.ts'
import type { Route } from '../routing/route.ts'
import type { Source } from '../routing/source.ts'
import { buildDocsisSource } from './docsis-route.ts'
import { uploadsLabel } from '../sources/uploads/options.ts'
import { upstreamLabel } from '../sources/upstream/options.ts'
import { openUploads } from './uploads-open.ts'
import type { UploadsPlaces } from './uploads-places.ts'

/** What the sources of a site need from the server. */
export interface RouteParts {
  readonly site: SiteConfig
  /** `trivet/1.2.3`, as CGI scripts see it. */
  readonly serverSoftware: string
  /**
   * True for files that must never be served as they are: configuration, scripts, template sources.
   */
  readonly isProtected: (realPath: string) => boolean
  readonly warn: (message: string) => void
  /** The MAC of who has an address. Default: nobody knows any. */
  readonly macOf?: ((clientAddress: string) => string | undefined) | undefined
  /** Undefined: those in the usual state of the site, if it has any. */
  readonly uploads?: UploadsPlaces | undefined
}

/**
 * Turns the configuration's routes into routes that answer.
 *
 * @throws {Error} When a handler module cannot be loaded; the message names route and module.
 */
export async function buildRoutes(parts: RouteParts): Promise<readonly Route[]> {
  const place = { siteFolder: parts.site.folder, state: undefined, store: undefined }
  const uploads = parts.uploads ?? (await openUploads(parts.site, place, parts))
  return await Promise.all(
    parts.site.routes.map((config) => buildRoute(config, { ...parts, uploads })),
  )
}

async function buildRoute(config: RouteConfig, parts: RouteParts): Promise<Route> {
  return {
    name: config.name,
    pattern: compilePattern(config.match),
    methods: new Set(config.methods),
    fronts: new Set(config.fronts),
    source: await buildSource(config.source, parts),
    audience: config.audience,
    patience: isMade(config.source) ? config.patience : undefined,
    mayHaveSecrets: addressList(config.secretsFrom ?? parts.site.secrets.from),
    isTriable: ['static', 'template', 'docsis', 'rewrite'].includes(config.source.kind),
    sourceName: describeSource(config.source),
    origin: config.origin,
    deadlineMs: config.deadlineMs,
    // A route that only rewrites names takes no upload: the limit of the next one counts.
    uploadBytesMax: config.source.kind === 'rewrite' ? Infinity : config.uploadBytesMax,
    ...(config.blockBytesMax === undefined ? {} : { blockBytesMax: config.blockBytesMax }),
  }
}

/** Where there is nothing to make, nothing is shared or kept. */
function isMade({ kind }: SourceConfig): boolean {
  return kind !== 'static' && kind !== 'uploads' && kind !== 'rewrite'
}

/** Loads only the kinds of sources that the site has: each takes some memory. */
async function buildSource(config: SourceConfig, parts: RouteParts): Promise<Source> {
  const siteFolder = parts.site.folder
  const { isProtected, macOf, serverSoftware, warn } = parts
  switch (config.kind) {
    case 'static': {
      const { staticSource } = await import('../sources/static/index.ts')
      return staticSource(config.options, { siteFolder, isProtected, macOf })
    }
    case 'cgi': {
      const { cgiSource } = await import('../sources/cgi/index.ts')
      return cgiSource(config.options, { siteFolder, serverSoftware })
    }
    case 'fastcgi': {
      const { fastcgiSource } = await import('../sources/fastcgi/index.ts')
      return fastcgiSource(config.options, { siteFolder, serverSoftware })
    }
    case 'handler': {
      const { loadHandler } = await import('../sources/handler/index.ts')
      return await loadHandler(config.options, { siteFolder })
    }
    case 'app': {
      const { handlerSource } = await import('../sources/handler/index.ts')
      return handlerSource(config.app, 'app')
    }
    case 'template': {
      const { templateSource } = await import('../sources/template/index.ts')
      const siteValues = parts.site.values
      return templateSource(config.options, { siteFolder, siteValues, now: () => new Date(), warn })
    }
    case 'docsis':
      return await buildDocsisSource(config.options, parts)
    case 'upstream': {
      const { upstreamSource } = await import('../sources/upstream/index.ts')
      return upstreamSource(config.options, { siteFolder, serverSoftware })
    }
    case 'rewrite': {
      const { rewriteSource } = await import('../sources/rewrite/index.ts')
      return rewriteSource(config.options)
    }
    case 'uploads': {
      const { options, onUpload } = config
      const hook = onUpload && (await buildSource(onUpload, parts))
      if (parts.uploads === undefined) throw new TypeError('Nothing keeps the uploads')
      return parts.uploads.source(options, hook)
    }
  }
}

function rulesOf(count: number): string {
  return count === 1 ? '1 rule' : `${count} rules`
}

/** What stands behind a route, for people: `cgi cgi/`. */
function describeSource(config: SourceConfig): string {
  switch (config.kind) {
    case 'static':
      return `static ${config.options.file ?? `${config.options.folder}/`}`
    case 'cgi':
      return `cgi ${config.options.script ?? `${config.options.folder}/`}`
    case 'fastcgi':
      return `fastcgi ${config.options.address ?? config.options.socket}`
    case 'handler':
      return `handler ${config.options.module}`
    case 'app':
      return 'handler (in the configuration)'
    case 'template':
      return `template ${config.options.file ?? `${config.options.folder}/`}`
    case 'docsis':
      return `docsis ${config.options.template}`
    case 'upstream':
      return `upstream ${upstreamLabel(config.options)}`
    case 'rewrite':
      return `rewrite with ${rulesOf(config.options.rules.length)}`
    case 'uploads':
      return uploadsLabel(config.options)
  }
}
