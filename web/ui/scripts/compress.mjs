// Writes .gz and .br beside every file of the build that becomes smaller by it; the server sends the one a browser takes.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const folders = ['../dist/assets/', '../../widget/dist/assets/'].map((path) => new URL(path, import.meta.url).pathname)
const shrinking = /\.(js|css|svg|json|wasm|tflite)$/
const smallest = 1024

for (const path of folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))) {
  if (!shrinking.test(path)) continue
  const content = readFileSync(path)
  if (content.length < smallest) continue
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
}
