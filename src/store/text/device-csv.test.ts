import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classOf, deviceOf } from '../../testing/store-bench.ts'
import { temporaryFolder } from '../../testing/temporary-folder.ts'
import { LiveInventory } from '../live-inventory.ts'
import { openStore } from '../open-store.ts'
import { CsvFileError, type CsvPlan, planCsv } from './device-csv.ts'

/** What becomes of a text in an inventory with the classes `oslo` and `desk` and one device. */
async function planned(text: string, map: Readonly<Record<string, string>> = {}): Promise<CsvPlan> {
  await using folder = await temporaryFolder()
  await using store = await openStore({ stateFolder: folder.path })
  await using live = await LiveInventory.open(store)
  const known = deviceOf('known', { macs: ['00:11:22:33:44:55'], values: { a: 1 } })
  const none = { before: undefined }
  const classes = [classOf('oslo'), classOf('desk')]
  await live.apply(
    {
      who: 'test',
      edits: [
        ...classes.map((after) => ({ kind: 'class' as const, key: after.name, ...none, after })),
        { kind: 'device', key: 'known', ...none, after: known },
      ],
    },
    0,
  )
  return planCsv(text, live, { map: new Map(Object.entries(map)), classes: [] })
}

function fatesOf({ fates }: CsvPlan): string[] {
  return fates.map(({ line, id, fate, why }) => [line, id, fate, why ?? ''].join(' ').trim())
}

test('planCsv joins the columns of one list, and refuses two of another field', async () => {
  const { edits } = await planned('id,site,role\nx,oslo,desk\n', { site: 'class', role: 'class' })
  assert.deepEqual(edits[0]?.after, deviceOf('x', { classes: ['oslo', 'desk'] }))
  await assert.rejects(planned('id,a,b\n', { a: 'name', b: 'name' }), CsvFileError)
})

test('planCsv changes what a row says of a device, and leaves what it does not', async () => {
  const { edits } = await planned('id;values.B;values.c.d;name\nknown;12;true;\n')
  const values = { a: 1, B: 12, c: { d: true } }
  const after = deviceOf('known', { macs: ['00:11:22:33:44:55'], values })
  assert.deepEqual(edits[0]?.after, after)
})

test('planCsv tells the fate of every row, with the line on which it begins', async () => {
  const rows =
    'id\tmac\tclass\nknown\t0011.2233.4455\t\n"x"\t\t"oslo\ndesk"\ny\t001122334455\t\nz\t\tno\nx\t\t\nw\n'
  assert.deepEqual(fatesOf(await planned(rows)), [
    '2 known same',
    '3 x add',
    '5 y bad "known" of line 2 has the mac 00:11:22:33:44:55',
    '6 z bad class "no" does not exist',
    '7 x bad "x" stands on line 3 already',
    '8 w bad found 1 cells, expected 3 as in the heading',
  ])
})

test('planCsv refuses a file without ids, and a column that is no field', async () => {
  await assert.rejects(planned('mac\n'), /a column of ids is needed/)
  await assert.rejects(planned('id,Notes\n'), /"Notes", which is no field/)
  assert.deepEqual(fatesOf(await planned('id,Notes\nx,y\n', { Notes: '' })), ['2 x add'])
  await assert.rejects(planned(''), /no heading/)
})
