/**
 * Says in a TensorFlow Lite model how its picture is to be given, which MediaPipe's tasks want to read there.
 *
 * How it works: the model that @mediapipe/selfie_segmentation carries is the one for tasks, but without that description (pixels
 * from 0 to 1). A model is a flatbuffer, where every pointer is a distance forward, so a new root can be put in front of
 * the old bytes, which stay as they are: it points to everything the old one did, and to the description besides.
 * Schemas: tensorflow/lite/schema/schema.fbs, tensorflow/lite/support/metadata_schema.fbs.
 */

const WORD = 4;
const ALIGNED = 64;
/** 255 as a 32-bit float: pixels are divided by it. */
const FLOAT_255 = 0x437f0000;
const FLOAT_0 = 0;

/** Fields of the table Model by their slots; those that point somewhere. */
const VERSION = 0;
const BUFFERS = 4;
const METADATA = 6;
const OTHERS = [1, 2, 3, 7] as const;

/** A flatbuffer written front to back: what a table points to comes after it. Every field is four bytes. */
class Writer {
  readonly bytes: number[] = [];

  get at(): number {
    return this.bytes.length;
  }

  align(size: number, after = 0): void {
    while ((this.at + after) % size !== 0) this.bytes.push(0);
  }

  word(value: number, size = WORD): number {
    const place = this.at;
    for (let index = 0; index < size; index += 1) this.bytes.push(Math.floor(value / 256 ** index) % 256);
    return place;
  }

  text(value: string): void {
    this.bytes.push(...new TextEncoder().encode(value));
  }

  /** Let the word at a place point to an address. */
  point(place: number, to: number): void {
    for (let index = 0; index < WORD; index += 1) this.bytes[place + index] = Math.floor((to - place) / 256 ** index) % 256;
  }

  /** Write a table, let a word point to it, and return the places of its fields. */
  table(from: number, fields: Readonly<Record<number, number>>): Record<number, number> {
    const slots = Object.keys(fields).map(Number);
    this.align(WORD);
    const shape = this.at;
    const count = Math.max(-1, ...slots) + 1;
    this.word(4 + 2 * count, 2);
    this.word(WORD + WORD * slots.length, 2);
    for (let slot = 0; slot < count; slot += 1) this.word(slots.includes(slot) ? WORD + WORD * slots.indexOf(slot) : 0, 2);
    this.align(WORD);
    this.point(from, this.at);
    this.word(this.at - shape);
    return Object.fromEntries(slots.map((slot) => [slot, this.word(fields[slot] ?? 0)]));
  }

  /** Write a vector of words, let a word point to it, and return the places of what is in it. */
  vector(from: number, values: readonly number[]): number[] {
    this.align(WORD);
    this.point(from, this.at);
    this.word(values.length);
    return values.map((value) => this.word(value));
  }
}

function place(places: Readonly<Record<number, number>> | readonly number[], at: number): number {
  const found = (places as Readonly<Record<number, number>>)[at];
  if (found === undefined) throw new Error("nothing was written there");
  return found;
}

/** ModelMetadata: one input, a picture whose pixels are divided by 255; one output. */
function buildDescription(): readonly number[] {
  const writer = new Writer();
  const root = writer.word(0);
  writer.text("M001");
  const model = writer.table(root, { 3: 0 });
  const subgraph = writer.table(place(writer.vector(place(model, 3), [0]), 0), { 2: 0, 3: 0 });
  writer.table(place(writer.vector(place(subgraph, 3), [0]), 0), {});
  const input = writer.table(place(writer.vector(place(subgraph, 2), [0]), 0), { 4: 0 });
  const unit = writer.table(place(writer.vector(place(input, 4), [0]), 0), { 0: 1, 1: 0 });
  const normalisation = writer.table(place(unit, 1), { 0: 0, 1: 0 });
  writer.vector(place(normalisation, 0), [FLOAT_0]);
  writer.vector(place(normalisation, 1), [FLOAT_255]);
  return writer.bytes;
}

/** Return the model with its description; raises when it is no model. */
export function describeModel(model: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(model.buffer, model.byteOffset, model.byteLength);
  if (new TextDecoder().decode(model.subarray(4, 8)) !== "TFL3") throw new Error("this is no TensorFlow Lite model");
  const root = view.getUint32(0, true);
  const shape = root - view.getInt32(root, true);
  const slots = (view.getUint16(shape, true) - 4) / 2;
  const field = (slot: number) => {
    const offset = slot < slots ? view.getUint16(shape + 4 + 2 * slot, true) : 0;
    return offset === 0 ? null : root + offset;
  };
  const target = (at: number) => at + view.getUint32(at, true);
  const buffers = field(BUFFERS);
  const version = field(VERSION);
  if (buffers === null || version === null || field(METADATA) !== null) throw new Error("this model is not the one we know");

  const writer = new Writer();
  /** Words that point to what was in the model before: where they are, and where that was. */
  const old: [number, number][] = [];
  const start = writer.word(0);
  writer.text("TFL3");
  const pointing = OTHERS.flatMap((slot) => (field(slot) === null ? [] : [slot]));
  const fields = Object.fromEntries([...pointing, BUFFERS, METADATA].map((slot) => [slot, 0]));
  const head = writer.table(start, { ...fields, [VERSION]: view.getUint32(version, true) });
  for (const slot of pointing) old.push([place(head, slot), target(field(slot) ?? 0)]);
  const count = view.getUint32(target(buffers), true);
  const places = writer.vector(place(head, BUFFERS), new Array<number>(count + 1).fill(0));
  for (let index = 0; index < count; index += 1) old.push([place(places, index), target(target(buffers) + WORD + WORD * index)]);
  const named = writer.table(place(writer.vector(place(head, METADATA), [0]), 0), { 0: 0, 1: count });
  writer.align(WORD);
  writer.point(place(named, 0), writer.at);
  writer.word("TFLITE_METADATA".length);
  writer.text("TFLITE_METADATA\0");
  const buffer = writer.table(place(places, count), { 0: 0 });
  const description = buildDescription();
  writer.align(16, WORD);
  writer.point(place(buffer, 0), writer.at);
  writer.word(description.length);
  writer.bytes.push(...description);
  writer.align(ALIGNED);
  for (const [at, to] of old) writer.point(at, writer.at + to);

  const made = new Uint8Array(writer.at + model.byteLength);
  made.set(writer.bytes);
  made.set(model, writer.at);
  return made;
}
