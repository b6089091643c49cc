/** Uploads of this run of the server, by path. Kept in memory: an example, not a store. */
const uploads = new Map<string, Uint8Array<ArrayBuffer>>()
const UPLOADS_MAX = 100

/** Keeps what devices write, and gives it back. */
export default async function inbox(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (request.method === 'PUT') {
    if (uploads.size >= UPLOADS_MAX) uploads.clear()
    uploads.set(pathname, new Uint8Array(await request.arrayBuffer()))
    return new Response(null, { status: 201 })
  }
  const upload = uploads.get(pathname)
  return upload === undefined ? new Response(null, { status: 404 }) : new Response(upload)
}
