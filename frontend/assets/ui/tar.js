// Puts files together as a tar file. The browser reads them while it is sent: none of them is held in memory.

const BLOCK = 512;
const LONGEST = 100;
const FIELDS = { mode: [100, 8], owner: [108, 8], group: [116, 8], size: [124, 12], time: [136, 12] };
const encoder = new TextEncoder();

/** What stands before a file: its name and size, and a checksum of both. */
function head(name, size, type) {
  const block = new Uint8Array(BLOCK);
  const put = ([at, room], value) => block.set(encoder.encode(value.toString(8).padStart(room - 1, "0")), at);
  block.set(name.subarray(0, LONGEST));
  put(FIELDS.mode, 0o644);
  put(FIELDS.owner, 0);
  put(FIELDS.group, 0);
  put(FIELDS.size, size);
  put(FIELDS.time, 0);
  block.set(encoder.encode("        "), 148); // the checksum counts itself as blanks
  block.set(encoder.encode(type), 156);
  block.set(encoder.encode("ustar  \0"), 257);
  const sum = block.reduce((all, one) => all + one, 0);
  block.set(encoder.encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return block;
}

const filled = (size) => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);

/** One tar file of `files`, each of them `{ path, file }`. */
export function tarOf(files) {
  const parts = [];
  for (const { path, file } of files) {
    const name = encoder.encode(path);
    if (name.length > LONGEST) {
      // A long name is a file of its own before the one it is about (GNU).
      const whole = encoder.encode(`${path}\0`);
      parts.push(head(encoder.encode("././@LongLink"), whole.length, "L"), whole, filled(whole.length));
    }
    parts.push(head(name, file.size, "0"), file, filled(file.size));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return new Blob(parts, { type: "application/x-tar" });
}
