import { tmpdir } from 'node:os'
import type { SiteConfig } from '../config/site.ts'
import { Renditions } from '../rendition/renditions.ts'
import { asRefusal } from './answer-body.ts'

/** The renditions of a site, with its limits. */
export function openRenditions({ limits }: Pick<SiteConfig, 'limits'>): Renditions {
  return new Renditions({
    limits: {
      runningMax: limits.generatorsMax,
      waitingMax: limits.generatorsWaitingMax,
      bytesMax: limits.renditionBytesMax,
      keptMax: limits.renditionsKeptMax,
      memoryBytesMax: limits.renditionMemoryBytesMax,
    },
    spillFolder: tmpdir(),
    now: () => performance.now(),
    wallNow: () => Date.now(),
    asRefusal,
  })
}
