/** ZIP archives of Blobs, stored as they are (APPNOTE 6.3.10 of PKWARE). The Blobs are read piece by piece, once. */

const LARGEST = 0xffffffff;
const MOST = 0xffff;
/** Names are UTF-8. */
const UTF8 = 0x0800;
/** What is needed to unpack it: 2.0. */
const NEEDED = 20;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** The CRC-32 of a Blob. */
export async function crc32(blob) {
  let crc = 0xffffffff;
  const reader = blob.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return ~crc >>> 0;
    for (const byte of value) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
}

/**
 * An archive.
 * @param {{name: string, blob: Blob}[]} files names differ
 * @param {Date} [when] the time of all of them
 * @returns {Promise<Blob>}
 * Throws a RangeError beyond 4 GiB or 65,535 files, which this kind of archive cannot hold.
 */
export async function zip(files, when = new Date()) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const { name, blob } of files) {
    const entry = { name: new TextEncoder().encode(name), size: blob.size, crc: await crc32(blob), offset, when };
    const head = header(0x04034b50, entry, []);
    parts.push(head, entry.name, blob);
    directory.push(header(0x02014b50, entry, [[0, 2], [0, 2], [0, 2], [0, 4], [entry.offset, 4]]), entry.name);
    offset += head.length + entry.name.length + blob.size;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  if (offset + length > LARGEST || files.length > MOST) throw new RangeError("more than 4 GiB do not fit into one ZIP");
  const end = bytes([[0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [length, 4], [offset, 4], [0, 2]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** What stands before a file, and in the directory, where it is also said who made it. */
function header(signature, { name, size, crc, when }, more) {
  const maker = more.length ? [[NEEDED, 2]] : [];
  const [time, day] = dosTime(when);
  return bytes([
    [signature, 4], ...maker, [NEEDED, 2], [UTF8, 2], [0, 2], [time, 2], [day, 2],
    [crc, 4], [size, 4], [size, 4], [name.length, 2], [0, 2], ...more,
  ]);
}

function dosTime(when) {
  const time = (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1);
  return [time, ((when.getFullYear() - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate()];
}

/** Numbers as little-endian bytes: each with the bytes that it takes. */
function bytes(fields) {
  const made = new Uint8Array(fields.reduce((sum, [, width]) => sum + width, 0));
  const view = new DataView(made.buffer);
  let at = 0;
  for (const [value, width] of fields) {
    if (width === 4) view.setUint32(at, value, true);
    else view.setUint16(at, value, true);
    at += width;
  }
  return made;
}

/** Names that differ, whatever the case of their letters: a second "anna.jpg" becomes "anna (2).jpg". */
export function unique(names) {
  const taken = new Set();
  return names.map((name) => {
    const dot = name.lastIndexOf(".") > 0 ? name.lastIndexOf(".") : name.length;
    let free = name;
    for (let count = 2; taken.has(free.toLowerCase()); count++) free = `${name.slice(0, dot)} (${count})${name.slice(dot)}`;
    taken.add(free.toLowerCase());
    return free;
  });
}
