import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildProgram } from '../../src/cli/program.ts'
import { startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder, type TemporaryFolder } from '../../src/testing/temporary-folder.ts'
import { writtenFolder } from '../../src/testing/written-folder.ts'

// Goal: ports below 1024 are taken, and nothing that makes files is root's. Method: a server at
// port 69 of a loopback address, started as root with --user, and as nobody with the one capability
// that the unit of the service grants; a script says who it is.

const skip = process.getuid?.() === 0 ? false : 'only root can become somebody else'
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const unit = readFileSync(new URL('../../contrib/systemd/trivet.service', import.meta.url), 'utf8')
const NOBODY = 65_534

/** Nobody may not be able to read this checkout; then a copy is run that everybody can. */
let copy: TemporaryFolder | undefined
/** Before the command that runs the server. */
let within: readonly string[] = []

before(async () => {
  if (skip !== false) return
  const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, MAIN]
  if (spawnSync('setpriv', [...asNobody, '--version'], { cwd: '/' }).status === 0) return
  copy = await temporaryFolder()
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const parts = ['src', 'kits', 'build', 'node_modules', 'package.json']
  for (const part of parts) cpSync(join(root, part), join(copy.path, part), { recursive: true })
  spawnSync('chmod', ['-R', 'a+rX', copy.path])
  const inCopy = (path: string): string =>
    path.startsWith(root) ? join(copy?.path ?? '', path.slice(root.length)) : path
  const command = `shift 2; exec '${inCopy(process.execPath)}' '${inCopy(MAIN)}' "$@"`
  within = ['sh', '-c', command, 'sh']
})

after(() => copy?.[Symbol.asyncDispose]())

/** Runs a command that ends by itself. */
function trivet(...args: readonly string[]): { readonly status: number | null; stderr: string } {
  const [program = '', ...words] = [...within, process.execPath, MAIN, ...args]
  return spawnSync(program, words, { encoding: 'utf8', cwd: '/' })
}

const WHO = `#!/bin/sh
grep -E '^(Uid|Gid|Groups|CapEff|CapPrm):' /proc/$PPID/status
echo "script $(id -u) $(id -g)"
`

interface ServedSite extends AsyncDisposable {
  readonly path: string
  /** A folder that nobody may write to but the user nobody. */
  readonly state: string
}

async function servedSite(): Promise<ServedSite> {
  const folder = await writtenFolder({ 'cgi/who': WHO, 'files/secret': 'secret' })
  const state = join(folder.path, 'state')
  mkdirSync(state)
  chownSync(state, NOBODY, NOBODY)
  chmodSync(folder.path, 0o755)
  chmodSync(join(folder.path, 'cgi/who'), 0o755)
  chmodSync(join(folder.path, 'files/secret'), 0o600)
  return { path: folder.path, state, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

/** What curl got, and its exit status. */
function asked(
  name: string,
  listener: { readonly address: string; readonly port: number } | undefined,
): { readonly text: string; readonly status: number | null } {
  assert.equal(listener?.port, 69)
  const args = ['-s', `tftp://${listener.address}/${name}`]
  const { stdout, status } = spawnSync('curl', args, { encoding: 'utf8' })
  return { text: stdout, status }
}

/** What curl's status says of an ERROR 2. */
const ACCESS_VIOLATION = 69
const ids = `${NOBODY}\t${NOBODY}\t${NOBODY}\t${NOBODY}`

describe('serve --user', { skip }, () => {
  for (const [what, more, environment] of [
    ['with the addon or without', [], {}],
    ['with node:dgram', [], { TRIVET_TRANSPORT: 'dgram' }],
    ['with threads', ['--workers', '2'], {}],
  ] as const) {
    test(`is nobody once its ports are taken, ${what}`, async () => {
      await using site = await servedSite()
      const ports = ['--tftp', '127.69.1.2:69', '--http', '127.69.1.2:80', '--admin', 'none']
      const args = [...ports, '--user', 'nobody', '--state', site.state, ...more]
      await using server = await startServerProcess(site.path, args, environment, within)
      const { text: who } = asked('cgi/who', server.tftp[0])
      assert.match(who, new RegExp(`^Uid:\\t${ids}\nGid:\\t${ids}\nGroups:\\t${NOBODY} *\n`))
      assert.match(who, /CapPrm:\t0+\nCapEff:\t0+\nscript 65534 65534\n$/)
      assert.equal(statSync(join(site.state, 'trivet.db')).uid, NOBODY)
      assert.equal(asked('files/secret', server.tftp[0]).status, ACCESS_VIOLATION)
    })
  }

  test('is refused a port that root has not either', async () => {
    await using site = await servedSite()
    const args = ['--user', 'nobody', '--tftp', '192.0.2.1:69', '--state', site.state]
    const { status, stderr } = trivet('serve', site.path, ...args)
    assert.equal(status, 1)
    assert.match(stderr, /192\.0\.2\.1/)
  })

  test('is refused what the user cannot read', async () => {
    await using folder = await writtenFolder({ 'trivet.yaml': 'routes: []' })
    const file = join(folder.path, 'trivet.yaml')
    chmodSync(folder.path, 0o755)
    chmodSync(file, 0o600)
    const { status, stderr } = trivet('serve', file, '--user', 'nobody')
    assert.equal(status, 2)
    assert.match(stderr, /trivet\.yaml.*EACCES/)
  })

  const mistakes: readonly [string, RegExp][] = [
    [
      'no-such-user',
      /^trivet: Found --user no-such-user, the name of a user, or of one and a group/,
    ],
    ['nobody:no-such-group', /^trivet: Found --user nobody:no-such-group, /],
  ]
  for (const [user, message] of mistakes) {
    test(`knows no ${user}`, () => {
      const { status, stderr } = trivet('serve', '/', '--user', user)
      assert.equal(status, 2)
      assert.match(stderr, message)
    })
  }

  test('is for root alone', () => {
    const become = ['--reuid=65534', '--clear-groups', ...within, process.execPath, MAIN]
    const args = [...become, 'serve', '/', '--user', 'nobody']
    const { status, stderr } = spawnSync('setpriv', args, { encoding: 'utf8', cwd: '/' })
    assert.equal(status, 2)
    assert.match(stderr, /^trivet: Cannot become nobody: only a process of root can/)
  })
})

describe('contrib/systemd/trivet.service', { skip }, () => {
  test('says options that there are', () => {
    const [, command = ''] = /^ExecStart=(.*)$/m.exec(unit) ?? []
    const serve = buildProgram().commands.find((one) => one.name() === 'serve')
    const flags = command.split(' ').filter((word) => word.startsWith('--'))
    assert.ok(flags.length > 0)
    for (const flag of flags)
      assert.ok(
        serve?.options.some(({ long }) => long === flag),
        flag,
      )
    const drainMs = Number(/--drain-ms (\d+)/.exec(command)?.[1])
    const stopSeconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])
    assert.ok(stopSeconds * 1000 > drainMs)
  })

  test('grants the right that is needed, and it is enough', async () => {
    const [, capability = ''] = /^AmbientCapabilities=CAP_(\w+)$/m.exec(unit) ?? []
    assert.equal(/^CapabilityBoundingSet=CAP_(\w+)$/m.exec(unit)?.[1], capability)
    await using site = await servedSite()
    const right = `+${capability.toLowerCase()}`
    const identity = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs']
    const rights = [`--inh-caps=-all,${right}`, `--ambient-caps=-all,${right}`]
    const bounds = [`--bounding-set=-all,${right}`]
    const args = ['--tftp', '127.69.1.3:69', '--http', '127.69.1.3:80', '--admin', 'none']
    const command = ['setpriv', ...identity, ...rights, ...bounds, ...within]
    const more = [...args, '--state', site.state]
    await using server = await startServerProcess(site.path, more, {}, command)
    assert.match(asked('cgi/who', server.tftp[0]).text, /script 65534 65534\n$/)
  })
})
