import type { Audience, Patience } from '../routing/route.ts'
import type { CgiOptions } from '../sources/cgi/options.ts'
import type { DocsisOptions } from '../sources/docsis/options.ts'
import type { FastcgiOptions } from '../sources/fastcgi/options.ts'
import type { HandlerOptions } from '../sources/handler/options.ts'
import type { RewriteOptions } from '../sources/rewrite/options.ts'
import type { StaticOptions } from '../sources/static/options.ts'
import type { TemplateOptions } from '../sources/template/options.ts'
import type { UploadsOptions } from '../sources/uploads/options.ts'
import type { UpstreamOptions } from '../sources/upstream/options.ts'

/**
 * An address to listen on. Address without brackets; `0.0.0.0` and `::` mean every local address.
 */
export interface ListenAddress {
  readonly address: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** What makes the files of a route: the kind names a folder under `sources/`. */
export type SourceConfig =
  | { readonly kind: 'static'; readonly options: StaticOptions }
  | { readonly kind: 'cgi'; readonly options: CgiOptions }
  | { readonly kind: 'fastcgi'; readonly options: FastcgiOptions }
  | { readonly kind: 'handler'; readonly options: HandlerOptions }
  /** A fetch function, or an object with one, given in a TypeScript configuration. */
  | { readonly kind: 'app'; readonly app: unknown }
  | { readonly kind: 'template'; readonly options: TemplateOptions }
  | { readonly kind: 'docsis'; readonly options: DocsisOptions }
  | { readonly kind: 'upstream'; readonly options: UpstreamOptions }
  | { readonly kind: 'rewrite'; readonly options: RewriteOptions }
  | {
      readonly kind: 'uploads'
      readonly options: UploadsOptions
      /** Told of each upload; undefined: nobody is. */
      readonly onUpload: SourceConfig | undefined
    }

/** One route, checked, defaults filled in. Units, ranges and defaults: `schema.ts`. */
export interface RouteConfig {
  readonly name: string
  /**
   * A pattern (`/SEP{mac}.cnf.xml`), or a regular expression behind a tilde
   * (`~ ^/cfg(?<mac>[0-9a-f]{12})$`).
   */
  readonly match: string
  readonly methods: readonly ('GET' | 'PUT')[]
  readonly fronts: readonly ('tftp' | 'http')[]
  readonly deadlineMs: number
  readonly uploadBytesMax: number
  readonly blockBytesMax?: number
  readonly audience?: Audience
  /** Networks whose devices may have their secrets; undefined: those of the site. */
  readonly secretsFrom?: readonly string[]
  readonly patience: Patience
  readonly source: SourceConfig
  /** `trivet.yaml:12`, `routes[3]` for a TypeScript configuration, or `folder convention`. */
  readonly origin: string
}

/** Which clients have which profile. */
export interface ClientRule {
  /** Addresses or networks, as written. */
  readonly addresses: readonly string[]
  readonly profile: string
}

/** A lease file of a DHCP server. */
export interface LeaseFileConfig {
  /** Absolute path. */
  readonly file: string
  readonly format: 'dhcpd' | 'kea' | 'dnsmasq'
}

/** How HTTPS is spoken. Files are absolute paths, in PEM. */
export interface TlsConfig {
  readonly certificateFile: string
  readonly keyFile: string
  /** Undefined: no client certificate is believed. */
  readonly clientCaFile: string | undefined
  readonly clientCertificates: 'none' | 'optional' | 'required'
  readonly minVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
}

/** How it is told who asks. */
export interface IdentityConfig {
  /** The most trusted first; the others are off. */
  readonly order: readonly (
    | 'path'
    | 'certificate'
    | 'header'
    | 'agent'
    | 'event'
    | 'lease'
    | 'neighbour'
    | 'address'
  )[]
  readonly leases: readonly LeaseFileConfig[]
}

/** A whole site as the server takes it: one shape, however it was written. */
export interface SiteConfig {
  /** Absolute path of the folder that relative paths start from. */
  readonly folder: string
  /** Absolute path of the configuration file; undefined for a folder without one. */
  readonly file: string | undefined
  readonly listen: {
    /** Undefined where the configuration says nothing: the command line's default applies. */
    readonly tftp: readonly ListenAddress[] | undefined
    readonly http: readonly ListenAddress[] | undefined
    readonly https: readonly ListenAddress[] | undefined
    readonly singlePort: boolean
    readonly transferPorts: number
  }
  /** Undefined: HTTPS is not spoken. */
  readonly tls: TlsConfig | undefined
  /** Site values for templates. */
  readonly values: Readonly<Record<string, unknown>>
  readonly limits: {
    readonly transfersMax: number
    readonly transfersPerAddressMax: number
    readonly windowBlocksMax: number
    readonly collectBytesMax: number
    readonly generatorsMax: number
    readonly generatorsWaitingMax: number
    readonly renditionBytesMax: number
    readonly renditionMemoryBytesMax: number
    readonly renditionsKeptMax: number
    readonly httpPatienceMs: number
  }
  readonly identity: IdentityConfig
  readonly secrets: {
    /** Absolute path of the key; undefined: `secret.key` in the folder of the state. */
    readonly keyFile: string | undefined
    /** Networks whose devices may have their secrets. */
    readonly from: readonly string[]
    /** True: so may a device that has shown its client certificate. */
    readonly certificates: boolean
  }
  /** Patterns of names that are not there, and are asked for all the same. */
  readonly expectedMisses: readonly string[]
  /** Client profiles by address, the first that fits counts. */
  readonly clients: readonly ClientRule[]
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' }
  readonly routes: readonly RouteConfig[]
}
