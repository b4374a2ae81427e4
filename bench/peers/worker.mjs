// A worker as the original service has it: fetch, sharp at quality 50, upload; five at once.
// One question a line: {"urls": […], "store": "http://…"}; the answer has seconds and counts.
import readline from "node:readline";
import sharp from "sharp";

const AT_ONCE = 5;

async function work(url, store, position) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const image = Buffer.from(await response.arrayBuffer());
  const compressed = await sharp(image).jpeg({ quality: 50 }).toBuffer();
  const stored = await fetch(`${store}/${position}.jpg`, {
    method: "PUT",
    headers: { "Content-Type": "image/jpeg" },
    body: compressed,
  });
  if (!stored.ok) throw new Error(`${position}: ${stored.status}`);
  await stored.arrayBuffer();
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { urls, store } = JSON.parse(line);
  let next = 0;
  const wall = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < urls.length) {
        const position = next++;
        await work(urls[position], store, position);
      }
    }),
  );
  const used = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      images: urls.length,
      wall: (performance.now() - wall) / 1000,
      cpu: (used.user + used.system) / 1e6,
      peak_mib: process.resourceUsage().maxRSS / 1024,
    }),
  );
}
