// Packed data stands in inert elements at the end of the page, and is unpacked when it is asked for.
const KEPT_CHUNKS = 6;
const unpackedChunks = new Map();

// The end of a long page may still be on its way: an element is whole once something follows it.
async function whole(id) {
  for (;;) {
    const node = document.getElementById(id);
    if (node && (node.nextSibling || document.readyState !== "loading")) return node;
    if (!node && document.readyState !== "loading") throw new Error(`the page holds no ${id}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

async function inflate(id) {
  const letters = atob((await whole(id)).textContent);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

function unpack(id) {
  const known = unpackedChunks.get(id) ?? inflate(id);
  unpackedChunks.delete(id);
  unpackedChunks.set(id, known);
  if (unpackedChunks.size > KEPT_CHUNKS) unpackedChunks.delete(unpackedChunks.keys().next().value);
  return known;
}
