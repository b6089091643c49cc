import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { type PhpFpm, phpFpmProgram, startPhpFpm } from '../../src/testing/php-fpm.ts'
import { until } from '../../src/testing/script-site.ts'
import { type ServerProcess, startServerProcess } from '../../src/testing/server-process.ts'
import { temporaryFolder, type TemporaryFolder } from '../../src/testing/temporary-folder.ts'

// Goal: PHP makes files for devices, and what fails in PHP is no file. Method: PHP-FPM as Debian
// ships it, with a pool of its own on a Unix socket, asked by tftp-hpa and curl.

const run = promisify(execFile)

const hasTftp = await run('tftp', ['-V']).then(
  () => true,
  () => false,
)
const skip =
  phpFpmProgram() !== undefined && hasTftp
    ? false
    : 'PHP-FPM or tftp-hpa is not installed (Debian packages php-fpm, tftp-hpa)'

const scripts: Readonly<Record<string, string>> = {
  'phone.php': `<?php
header('Content-Type: text/xml');
header('X-Zone: lab');
echo '<phone name="', $_SERVER['TRIVET_PARAM_MAC'] ?? '', '" path="', $_SERVER['PATH_INFO'] ?? '', "\\"/>\\n";
`,
  'server.php': `<?php
header('Content-Type: application/json');
$keys = ['SCRIPT_FILENAME', 'SCRIPT_NAME', 'PATH_INFO', 'DOCUMENT_ROOT', 'REQUEST_METHOD',
  'QUERY_STRING', 'SERVER_PROTOCOL', 'REMOTE_ADDR', 'ZONE'];
foreach ($keys as $key) $found[$key] = $_SERVER[$key] ?? null;
echo json_encode($found + ['get' => $_GET, 'pid' => getmypid()]);
`,
  'slow.php': `<?php
ignore_user_abort(true);
for ($i = 0; $i < 10; $i++) { usleep(100000); echo str_repeat(chr(65 + $i), 20000); flush(); }
`,
  'hang.php': '<?php sleep(60);',
  'upload.php': `<?php
$body = file_get_contents('php://input');
echo strlen($body), ' ', $_SERVER['CONTENT_LENGTH'] ?? 'none', ' ', md5($body), "\\n";
`,
  'missing.php': `<?php
http_response_code(404);
echo 'no such phone';
`,
  'fatal.php': `<?php
echo str_repeat('x', 300000);
flush();
undefined_function();
`,
  'early.php': '<?php undefined_function();',
  'photo.jpg': '<?php echo "run";',
  'short.php': `<?php
touch(__DIR__ . '/../../out/begun');
$body = file_get_contents('php://input');
file_put_contents(__DIR__ . '/../../out/bytes', strlen($body) . ' of ' . $_SERVER['CONTENT_LENGTH']);
`,
  'log.php': '<?php error_log("from the script"); echo "logged\\n";',
}

let folder: TemporaryFolder
let php: PhpFpm
let server: ServerProcess
let fileCount = 0

describe('fastcgi with PHP-FPM', { skip }, () => {
  before(async () => {
    folder = await temporaryFolder()
    await chmod(folder.path, 0o755)
    const www = join(folder.path, 'site', 'www')
    await mkdir(www, { recursive: true })
    await mkdir(join(folder.path, 'out'))
    await chmod(join(folder.path, 'out'), 0o777)
    for (const [file, text] of Object.entries(scripts)) await writeFile(join(www, file), text)
    await writeFile(join(folder.path, 'site', 'trivet.yaml'), siteText())
    php = await startPhpFpm(folder.path)
    server = await startServerProcess(join(folder.path, 'site'))
  })

  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await php?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  for (const path of ['/php/phone.php/a', '/SEP001122AABBCC.xml', '/php/slow.php']) {
    test(`fastcgi gives the same bytes of ${path} by tftp-hpa and curl`, async () => {
      const [byTftp, byHttp] = await Promise.all([tftp(path), curl(path)])
      assert.ok(byTftp.length > 0)
      assert.deepEqual(byTftp, byHttp)
    })
  }

  test('fastcgi gives PHP the parameters of the route, and its headers to the client', async () => {
    const response = await fetch(url('/SEP001122AABBCC.xml'))
    assert.equal(response.headers.get('x-zone'), 'lab')
    assert.match(response.headers.get('content-type') ?? '', /^text\/xml/)
    const wanted = '<phone name="00:11:22:aa:bb:cc" path="/SEP001122AABBCC.xml"/>\n'
    assert.equal(await response.text(), wanted)
  })

  test('fastcgi divides the name into script and path as $_SERVER shows it', async () => {
    const { pid, ...seen } = JSON.parse((await tftp('/php/server.php/a/b?x=1')).toString())
    assert.equal(typeof pid, 'number')
    assert.deepEqual(seen, {
      SCRIPT_FILENAME: join(folder.path, 'site/www/server.php'),
      SCRIPT_NAME: '/php/server.php',
      PATH_INFO: '/a/b',
      DOCUMENT_ROOT: join(folder.path, 'site/www'),
      REQUEST_METHOD: 'GET',
      QUERY_STRING: 'x=1',
      SERVER_PROTOCOL: 'TFTP/1.0',
      REMOTE_ADDR: '127.0.0.1',
      ZONE: 'lab',
      get: { x: '1' },
    })
  })

  test('fastcgi sends uploads of known and of unknown size', async () => {
    const file = join(folder.path, 'up')
    await writeFile(file, Buffer.alloc(200_000, 'upload '))
    const wanted = /^200000 200000 [0-9a-f]{32}\n$/
    const known = await run('curl', ['-sS', '-T', file, url('/php/upload.php')])
    const chunked = ['-sS', '-H', 'Transfer-Encoding: chunked', '-T', file, url('/php/upload.php')]
    const unknown = await run('curl', chunked)
    assert.match(known.stdout, wanted)
    assert.equal(unknown.stdout, known.stdout)
    await tftpCommand(['put', file, 'php/upload.php'])
    const entry = await server.entry(({ method }) => method === 'WRQ')
    assert.equal(entry.outcome, 'delivered')
  })

  test('fastcgi passes on the status that PHP gives', async () => {
    assert.equal((await fetch(url('/php/missing.php'))).status, 404)
    assert.equal((await fetch(url('/php/not-there.php'))).status, 404)
    await assert.rejects(tftp('/php/missing.php'))
  })

  test('fastcgi never takes what came before a fatal error for the file', async () => {
    assert.ok((await fetch(url('/php/early.php'))).status >= 500)
    await assert.rejects(curl('/php/fatal.php'))
    await assert.rejects(tftp('/php/fatal.php'))
    const entry = await server.entry(({ path }) => path === '/php/fatal.php')
    assert.match(entry.notes ?? '', /PHP Fatal error/)
  })

  test('fastcgi does not have PHP run what is no script', async () => {
    assert.equal((await fetch(url('/php/photo.jpg/x.php'))).status, 403)
  })

  test('fastcgi lets PHP see by CONTENT_LENGTH that an upload broke off', async () => {
    const upload = connect(server.http[0]?.port ?? 0, '127.0.0.1')
    upload.on('error', () => {})
    upload.write('PUT /php/short.php HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabcd')
    await until(() =>
      access(join(folder.path, 'out/begun')).then(
        () => true,
        () => false,
      ),
    )
    upload.destroy()
    assert.match(
      await until(() => readFile(join(folder.path, 'out/bytes'), 'latin1').catch(() => '')),
      /^\d{1,2} of 100$/,
    )
  })

  test('fastcgi journals what PHP logs', async () => {
    assert.equal((await curl('/php/log.php')).toString(), 'logged\n')
    const entry = await server.entry(({ path }) => path === '/php/log.php')
    assert.match(entry.notes ?? '', /from the script/)
  })

  test('fastcgi refuses at the deadline and goes on', async () => {
    assert.equal((await fetch(url('/hang'))).status, 504)
    assert.equal((await curl('/php/log.php')).toString(), 'logged\n')
  })

  test('fastcgi never shows the source of its scripts', async () => {
    assert.equal((await fetch(url('/www/server.php'))).ok, false)
  })

  test('fastcgi says that PHP-FPM is not running', async () => {
    await php[Symbol.asyncDispose]()
    assert.equal((await fetch(url('/php/server.php?again'))).status, 502)
    const entry = await server.entry(
      ({ path, status }) => path === '/php/server.php' && status === 502,
    )
    assert.match(JSON.stringify(entry), /has no socket there|refused the connection/)
  })
})

function siteText(): string {
  const fastcgi = `socket: ${folder.path}/fpm.sock, root: www, params: { ZONE: lab }`
  return `
routes:
  - match: /php/{path...}
    methods: [GET, PUT]
    fastcgi: { ${fastcgi} }
  - match: /SEP{mac}.xml
    fastcgi: { ${fastcgi}, script: phone.php }
  - match: /hang
    deadlineMs: 300
    fastcgi: { ${fastcgi}, script: hang.php }
  - match: /{path...}
    static: .
`
}

function url(path: string): string {
  return `http://127.0.0.1:${server.http[0]?.port}${path}`
}

async function curl(path: string): Promise<Buffer> {
  const { stdout } = await run('curl', ['-sS', '-f', url(path)], { encoding: 'buffer' })
  return stdout
}

/** Gets a file with tftp-hpa, which has status 0 even when it was refused. */
async function tftp(path: string): Promise<Buffer> {
  fileCount += 1
  const local = join(folder.path, `got-${fileCount}`)
  await tftpCommand(['get', path, local])
  return readFile(local)
}

async function tftpCommand(command: readonly string[]): Promise<void> {
  const port = String(server.tftp[0]?.port)
  const { stdout } = await run('tftp', ['-m', 'binary', '127.0.0.1', port, '-c', ...command])
  assert.doesNotMatch(stdout, /error/i)
}
