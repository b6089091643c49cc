import assert from 'node:assert/strict'
import { linkSync, writeFileSync } from 'node:fs'
import { rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { writtenFolder } from '../../testing/written-folder.ts'
import { FolderNames } from './folder-names.ts'

/** A folder that was last changed long ago, so that its names are kept. */
async function settle(folder: string): Promise<void> {
  await utimes(folder, 1_700_000_000, 1_700_000_000)
}

describe('FolderNames', () => {
  const cases: readonly [string, string | undefined][] = [
    ['Firmware/a.bin', 'Firmware/a.bin'],
    ['FIRMWARE/A.BIN', 'Firmware/a.bin'],
    ['firmware/a.bin', 'Firmware/a.bin'],
    ['Firmware/b.bin', undefined],
    ['other/a.bin', undefined],
    ['Firmware/a.bin/c', undefined],
    ['same.TXT', 'same.TXT'],
    ['same.txt', 'same.txt'],
    ['Same.Txt', 'SAME.txt'],
    ['GRÖSSE', 'größe'.replace('ß', 'SS')],
  ]
  for (const [name, expected] of cases) {
    test(`finds ${expected ?? 'nothing'} for ${name}`, async () => {
      await using folder = await writtenFolder({
        'Firmware/a.bin': '',
        'same.txt': '',
        'same.TXT': '',
        'SAME.txt': '',
        gröSSe: '',
      })
      assert.equal(await new FolderNames(folder.path).find(name), expected)
    })
  }

  test('sees what came and went since it looked, whether it keeps the names or not', async () => {
    await using folder = await writtenFolder({ 'a/one.cfg': '' })
    const path = join(folder.path, 'a')
    const names = new FolderNames(folder.path)
    for (const age of ['new', 'settled']) {
      if (age === 'settled') await settle(path)
      assert.equal(await names.find('A/ONE.cfg'), 'a/one.cfg')
      assert.equal(await names.find('A/TWO.cfg'), undefined)
      await writeFile(join(path, 'two.cfg'), '')
      assert.equal(await names.find('A/TWO.cfg'), 'a/two.cfg')
      await rm(join(path, 'two.cfg'))
      assert.equal(await names.find('A/TWO.cfg'), undefined)
    }
  })

  test('finds only the exact name among more than 10,000', async () => {
    await using folder = await writtenFolder({ 'full/': '', 'over/': '' })
    const fill = (name: string, count: number): void => {
      const first = join(folder.path, name, 'f0')
      writeFileSync(first, '')
      for (let index = 1; index < count; index += 1) {
        linkSync(first, join(folder.path, name, `f${index}`))
      }
    }
    fill('full', 10_000)
    fill('over', 10_001)
    const names = new FolderNames(folder.path)
    assert.equal(await names.find('FULL/F9999'), 'full/f9999')
    assert.equal(await names.find('OVER/f9999'), 'over/f9999')
    assert.equal(await names.find('OVER/F9999'), undefined)
  })
})
