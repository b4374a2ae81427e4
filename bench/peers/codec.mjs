// sharp alone, on one thread: files in memory in, compressed files in memory out.
// One question a line: {"optimise": bool, "save": folder or null}; the answer has CPU seconds and bytes,
// 0 for a file that sharp refuses.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false);

const files = process.argv.slice(2).map((file) => fs.readFileSync(file));

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { optimise, save } = JSON.parse(line);
  const options = optimise ? { quality: 50 } : { quality: 50, optimiseCoding: false };
  const results = [];
  const cpu = process.cpuUsage();
  for (const file of files) {
    results.push(await sharp(file).autoOrient().jpeg(options).toBuffer().catch(() => null));
  }
  const used = process.cpuUsage(cpu);
  if (save) results.forEach((each, n) => each && fs.writeFileSync(path.join(save, `${n}.jpg`), each));
  console.log(
    JSON.stringify({
      cpu: (used.user + used.system) / 1e6,
      bytes: results.map((each) => each?.length ?? 0),
    }),
  );
}
