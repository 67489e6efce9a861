// One job of sharp (npm) for the benchmarks: node sharp.mjs JOB WORKERS FOLDER; answers one line of JSON.
// JOB: {"width", "height", "fit", "format", "quality", "effort", "steps", "keep", "count"}; steps adds median, gains and
// sharpening; the first `count` results are kept in the folder `keep`, under the names of their sources.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const sharp = createRequire(path.join(process.cwd(), "package.json"))("sharp");
const [job, workers, folder] = [JSON.parse(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const names = fs.readdirSync(folder).filter((name) => name.endsWith(".jpg")).sort();
const files = names.map((name) => fs.readFileSync(path.join(folder, name)));
sharp.cache(false);
sharp.concurrency(1); // one picture a core is its best for batches; libuv's threads hold the pictures in flight

async function made(data) {
  let image = sharp(data).autoOrient()
    .resize(job.width, job.height, { fit: job.fit, ...(job.fit === "cover" ? { position: "attention" } : {}) });
  if (job.steps) {
    const { data: pixels, info } = await image.median(3).raw().toBuffer({ resolveWithObject: true });
    const means = (await sharp(pixels, { raw: info }).stats()).channels.map((one) => one.mean);
    const grey = means.reduce((a, b) => a + b) / means.length;
    image = sharp(pixels, { raw: info }).linear(means.map((one) => grey / Math.max(one, 1)), means.map(() => 0)).sharpen();
  }
  return job.format === "webp"
    ? image.webp({ quality: job.quality, effort: job.effort }).toBuffer()
    : image.jpeg({ quality: job.quality }).toBuffer();
}

async function pass() {
  const queue = [...files], sizes = [];
  const lane = async () => { for (let data; (data = queue.shift()); ) sizes.push((await made(data)).length); };
  await Promise.all(Array.from({ length: workers }, lane));
  return sizes;
}

await made(files[0]);
let cpu = Infinity, rate = 0, sizes = [];
const first = performance.now();
for (let turn = 0; turn < 3 || performance.now() - first < 3000; turn++) { // as long as the other ways: bench_recipe.measure
  const [spent, begun] = [process.cpuUsage(), performance.now()];
  sizes = await pass();
  const used = process.cpuUsage(spent);
  cpu = Math.min(cpu, (used.user + used.system) / 1e3 / files.length);
  rate = Math.max(rate, files.length / ((performance.now() - begun) / 1e3));
}
const peak = process.resourceUsage().maxRSS / 1024;
for (const [at, name] of names.slice(0, job.keep ? job.count : 0).entries()) {
  fs.writeFileSync(path.join(job.keep, name), await made(files[at]));
}
console.log(JSON.stringify({
  cpu_ms: cpu, pictures_s: rate, kb: sizes.reduce((a, b) => a + b) / sizes.length / 1e3,
  peak_mb: peak,
}));
