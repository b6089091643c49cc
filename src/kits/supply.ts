import { basename, dirname, join } from 'node:path'
import type { Kit } from './read-kit.ts'

/**
 * Where a file belongs that the user brings along, from the folder of the site.
 *
 * @param name - As a device asks for it.
 * @returns Undefined for a file that the site makes.
 */
export function supplyPath({ content }: Pick<Kit, 'content'>, name: string): string | undefined {
  const asked = basename(name)
  const paths = content.youSupply.map((one) => one.slice(0, one.indexOf(':')))
  const place = paths.find((path) => isLike(asked, basename(path)))
  return place === undefined || asked === '' ? undefined : join(dirname(place), asked)
}

/** @param pattern - A star in it stands for anything. */
function isLike(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[^\w]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(name)
}
