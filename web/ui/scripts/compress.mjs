// Writes .gz and .br beside every file of the build that becomes smaller by it; the server sends the one a browser takes.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const folder = new URL('../dist/assets/', import.meta.url).pathname
const shrinking = /\.(js|css|svg|json|wasm|tflite)$/
const smallest = 1024

for (const name of readdirSync(folder)) {
  if (!shrinking.test(name)) continue
  const path = join(folder, name)
  const content = readFileSync(path)
  if (content.length < smallest) continue
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
}
